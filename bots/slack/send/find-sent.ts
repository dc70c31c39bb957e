// Whether something was sent before: Slack keeps what Nunchi notes beside a message, and shows it in the history.
import type { WebClient } from '../api.js';

export const METADATA_TYPE = 'nunchi_answer';

export const metadataOf = (nonce: string) => ({ event_type: METADATA_TYPE, event_payload: { nonce } });

export interface Where {
  channelId: string;
  /** The message that begins the thread; null for the channel itself. */
  threadId: string | null;
  /** Nothing older is looked at, as Slack's ts. */
  oldest: string;
}

interface Found {
  ts?: string;
  metadata?: { event_type?: string; event_payload?: object };
  files?: { name?: string | null }[];
}

const PAGE = 200;
const MOST_PAGES = 10;

/** @returns its ts, or null */
export async function findSent(
  client: WebClient,
  { channelId, threadId, oldest }: Where,
  nonce: string,
): Promise<string | null> {
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const window = { channel: channelId, oldest, limit: PAGE, include_all_metadata: true };
    const more = cursor === undefined ? {} : { cursor };
    const answer =
      threadId === null
        ? await client.conversations.history({ ...window, ...more })
        : await client.conversations.replies({ ...window, ...more, ts: threadId });
    const found = (answer.messages as Found[] | undefined)?.find((message) => isIt(message, nonce));
    if (found?.ts !== undefined) return found.ts;
    cursor = answer.response_metadata?.next_cursor;
    if (!cursor) return null;
  }
  return null;
}

function isIt({ metadata, files }: Found, nonce: string): boolean {
  const noted =
    metadata?.event_type === METADATA_TYPE &&
    (metadata.event_payload as { nonce?: unknown } | undefined)?.nonce === nonce;
  return noted || files?.some(({ name }) => name?.includes(nonce) === true) === true;
}
