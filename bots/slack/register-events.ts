// Which of Slack's events are listened to. A listener that rejects leaves its event unacknowledged: Slack sends it again.
import type { App } from '@slack/bolt';
import type { AdapterHub } from '../../src/chat/adapter.js';
import type { Keyed, MessageEventLike, ReactionEventLike, Translator } from './translate/events.js';
import type { Identity } from './translate/message.js';

export interface EventsConfig {
  app: App;
  hub: Pick<AdapterHub, 'accept'>;
  translator: Translator;
  identity: Pick<Identity, 'userId'>;
  /** The app is not in the workspace any more. */
  onGone: (reason: string) => void;
}

export function registerEvents({ app, hub, translator, identity, onGone }: EventsConfig): void {
  /** By message, the end of what is being accepted of it. */
  const ends = new Map<string, Promise<void>>();

  async function accept(translated: Keyed | null): Promise<void> {
    if (translated !== null) await hub.accept(translated.key, translated.event);
  }

  /** Who is looked up meanwhile may take longer for one event than for the next one of the same message. */
  function inOrder(message: string, translating: Promise<Keyed | null>): Promise<void> {
    const before = ends.get(message) ?? Promise.resolve();
    const end = Promise.allSettled([before]).then(async () => accept(await translating));
    // Rejected before its turn it is not unhandled.
    translating.catch(() => undefined);
    ends.set(message, end);
    return end.finally(() => {
      if (ends.get(message) === end) ends.delete(message);
    });
  }

  for (const type of ['message', 'app_mention'] as const) {
    app.event(type, ({ event, body }) => {
      const told = event as MessageEventLike;
      return inOrder(`${told.channel}/${concernedBy(told)}`, translator.message(told, body));
    });
  }
  for (const type of ['reaction_added', 'reaction_removed'] as const) {
    app.event(type, ({ event, body }) => {
      const { channel = '', ts = '' } = (event as ReactionEventLike).item;
      return inOrder(`${channel}/${ts}`, translator.reaction(event, body));
    });
  }
  app.event('app_uninstalled', () => Promise.resolve(onGone('app_uninstalled')));
  app.event('tokens_revoked', ({ event }) => {
    // People's tokens are revoked too, which is none of Nunchi's business.
    if (event.tokens.bot?.includes(identity.userId) === true) onGone('tokens_revoked');
    return Promise.resolve();
  });
}

/** The message that is new, was changed or is gone. */
const concernedBy = ({ ts, deleted_ts: deleted, message }: MessageEventLike): string =>
  deleted ?? (message as { ts?: string } | undefined)?.ts ?? ts ?? '';
