// Everything the app did, in order, for tests to look at. Deliveries and their acknowledgements are in delivery.ts.
import type { types } from '@slack/bolt';
import type { Blocks, Ephemeral, File, Message, View } from './core.js';

export interface SentMessage {
  /** As stored now: later edits show in it. */
  message: Message;
  /** As first sent. */
  text: string;
  blocks?: Blocks;
  metadata?: types.MessageMetadata;
  /** Who would get a notification: user ids, `channel`, `here`, `everyone`. */
  pings: string[];
  /** `chat.postMessage`, `response_url`, `files` or `ack`. */
  through: string;
}

export interface Sent {
  messages: SentMessage[];
  updates: { message: Message; text: string; pings: string[] }[];
  deletions: { channel: string; ts: string }[];
  ephemerals: Ephemeral[];
  reactions: { added: boolean; name: string; channel: string; ts: string }[];
  /** Opened, pushed and updated modals, once per call. */
  views: { view: View; content: types.ModalView; how: 'open' | 'push' | 'update' }[];
  files: { file: File; channel?: string; threadTs?: string; comment?: string }[];
  /** Every Web API call that arrived, whatever became of it. Tokens are left out. */
  calls: { method: string; args: Readonly<Record<string, unknown>>; status: number; error?: string }[];
  counters: {
    /** By Web API method. */
    calls: Map<string, number>;
    rateLimited: number;
    connectionsOpened: number;
    connectionsClosed: number;
    /** Attempts to deliver, the first ones included. */
    attempts: number;
    redeliveries: number;
    acknowledged: number;
    /** Acknowledgements that came after the deadline or for an envelope that was never sent. */
    strayAcknowledgements: number;
  };
}

export const createSent = (): Sent => ({
  messages: [],
  updates: [],
  deletions: [],
  ephemerals: [],
  reactions: [],
  views: [],
  files: [],
  calls: [],
  counters: {
    calls: new Map(),
    rateLimited: 0,
    connectionsOpened: 0,
    connectionsClosed: 0,
    attempts: 0,
    redeliveries: 0,
    acknowledged: 0,
    strayAcknowledgements: 0,
  },
});

/** Who is notified by a text that Slack does not parse further (`parse` none, `link_names` off). */
export function pingsOf(text: string): string[] {
  return [...text.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|<!(channel|here|everyone)(?:\|[^>]*)?>/g)].map(
    ([, user, all]) => user ?? all ?? '',
  );
}
