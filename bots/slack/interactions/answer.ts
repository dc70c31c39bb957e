// Gives what was asked for back to the person who asked, by the ways that Slack has for it.
import type { RespondArguments, RespondFn } from '@slack/bolt';
import type { Language } from '../../../src/chat/platform.js';
import type { ChatAnswer } from '../../../src/chat/requests.js';
import type { Logger } from '../../../src/log.js';
import { isUnknownMethod, refusalOf, type SlackApi } from '../api.js';
import { contentOf } from '../send/content.js';
import { upload } from '../send/upload.js';
import { isDirect } from '../translate/message.js';
import { NOT_SENT, SENT_DIRECTLY } from './texts.js';

/** Who asked, where, and how Slack wants to be answered. */
export interface Asked {
  personId: string;
  channelId: string;
  language: Language;
  /** After a dialog there is none. */
  respond: RespondFn | null;
}

export interface AnswererConfig {
  api: SlackApi;
  logger: Pick<Logger, 'warn'>;
}

export type Answerer = (asked: Asked, answer: ChatAnswer) => Promise<void>;

export function createAnswerer({ api, logger }: AnswererConfig): Answerer {
  /** @returns whether everybody in the channel sees it now */
  async function uploadHere({ channelId }: Asked, { text, attachment, private: alone }: ChatAnswer) {
    if (attachment === undefined || (alone && !isDirect(channelId))) return false;
    try {
      await upload(api.write, channelId, text, attachment);
      return true;
    } catch (error) {
      const code = refusalOf(error)?.code;
      // A command may be given where Nunchi is not.
      if (code === 'channel_not_found' || code === 'not_in_channel') return false;
      throw error;
    }
  }

  /** No file can be shown to one person in a channel. */
  async function uploadToPerson(
    { personId, language }: Asked,
    { text, attachment }: ChatAnswer,
  ): Promise<string> {
    if (attachment === undefined) return text;
    const { channel } = await api.write.conversations.open({ users: personId });
    await upload(api.write, channel?.id ?? personId, text, attachment);
    return `${text}\n\n${SENT_DIRECTLY[language]}`;
  }

  async function say(asked: Asked, text: string, answer: ChatAnswer): Promise<void> {
    const content = contentOf(text, answer.buttons);
    const { respond, channelId, personId } = asked;
    if (respond !== null) {
      const how: RespondArguments = answer.replace
        ? { replace_original: true }
        : { response_type: answer.private ? 'ephemeral' : 'in_channel', replace_original: false };
      try {
        return void (await respond({ ...content, ...how }));
      } catch (error) {
        // What is for all to see is not to be told to one.
        if (!answer.private) throw error;
      }
    }
    try {
      await api.write.chat.postEphemeral({ channel: channelId, user: personId, ...content });
    } catch (error) {
      if (refusalOf(error) === null && !isUnknownMethod(error)) throw error;
      // Where Nunchi is not, the person's own conversation with it is left.
      await api.write.chat.postMessage({ channel: personId, ...content });
    }
  }

  return async (asked, answer) => {
    let text = answer.text;
    try {
      if (answer.attachment !== undefined) {
        if (await uploadHere(asked, answer)) return;
        text = await uploadToPerson(asked, answer);
      }
    } catch (error) {
      note('a file could not be sent', error);
      text = `${answer.text}\n\n${NOT_SENT[asked.language]}`;
    }
    try {
      await say(asked, text, answer);
    } catch (error) {
      note('an answer could not be shown', error);
    }
  };

  function note(event: string, error: unknown): void {
    logger.warn(event, { platform: 'slack', code: refusalOf(error)?.code ?? null, error });
  }
}
