// What people ask of Nunchi beyond writing a message (commands, menus, buttons, dialogs), and what they get. Plain data: a
// platform translates to it and from it.
import type { Label } from '../labels.js';
import type { IncomingMessage, Language } from './platform.js';
import type { Person, SettingsChange } from './settings.js';

/** Who asks, and where. Ids are the platform's own. */
export interface Asker {
  platform: string;
  communityId: string;
  channelId: string;
  person: Person;
  /** Of the person's client; used where the community has set none. */
  language: Language;
  /** The platform's own id of what asks (an interaction): the same again is the same request. */
  requestId: string;
}

export type ReportUnit = 'hour' | 'day' | 'week';
export type ModelAction =
  'status' | 'history' | 'models' | 'show' | 'diff' | 'rollback' | 'promote' | 'train';
export type PrivacyAction = 'show' | 'export' | 'delete' | 'leave-out' | 'come-back';

export type ChatRequest = Asker &
  (
    | { type: 'help' }
    /** A text of the asker's own, read and not kept. */
    | { type: 'check'; text: string }
    /** Message menu: what it reads in the message. */
    | { type: 'read'; message: IncomingMessage }
    /** `message` null: the newest answer in the channel. */
    | { type: 'why'; message: IncomingMessage | null }
    /** Message menu: opens the correction dialog. */
    | { type: 'correct'; message: IncomingMessage }
    | { type: 'report'; unit: ReportUnit; scope: 'channel' | 'community'; name?: string; share: boolean }
    | { type: 'queue' }
    /** `version`: of the model shown, compared or put in use; without one, that in use. */
    | { type: 'model'; action: ModelAction; version?: string }
    /** null: shows them. */
    | { type: 'settings'; change: SettingsChange | null }
    | { type: 'privacy'; action: PrivacyAction }
    | { type: 'button'; buttonId: string }
    | { type: 'dialog'; dialogId: string; label: Label | 'forget'; text: string | null }
  );

export interface Button {
  /** At most 100 characters; comes back in a `button` request. */
  id: string;
  text: string;
  /** A character. */
  emoji?: string;
  style: 'plain' | 'primary' | 'danger';
}

/** The correction dialog: one choice of a label and an optional text of the person's own. */
export interface Dialog {
  /** At most 100 characters; comes back in a `dialog` request. */
  id: string;
  /** At most 24 characters, as Slack has it. */
  title: string;
  submit: string;
  label: { text: string; choices: { value: Label | 'forget'; text: string }[] };
  /** null where the person cannot give a text of their own. */
  ownText: { text: string; hint: string; maxLength: number } | null;
}

export interface Attachment {
  name: string;
  mediaType: 'image/png' | 'application/json';
  /** Base64. */
  content: string;
  /** Said instead of it. */
  description: string;
}

export interface ChatAnswer {
  text: string;
  /** For the person who asked alone. */
  private: boolean;
  /** At most 5 rows of at most 5. */
  buttons?: Button[][];
  /** Opened in place of an answer; only to `correct`, which is answered without waiting for a model. */
  dialog?: Dialog;
  attachment?: Attachment;
  /** Takes the place of the message whose button was pressed. */
  replace?: boolean;
}

/** Never rejects: what went wrong is an answer too, in the language of the person. */
export type AnswerRequest = (request: ChatRequest) => Promise<ChatAnswer>;
