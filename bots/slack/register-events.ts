// Which of Slack's events are listened to. A listener that rejects leaves its event unacknowledged: Slack sends it again.
import type { App } from '@slack/bolt';
import type { AdapterHub } from '../../src/chat/adapter.js';
import type { EnvelopeLike, Keyed, MessageEventLike, Translator } from './translate/events.js';
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
  async function accept(translated: Keyed | null): Promise<void> {
    if (translated !== null) await hub.accept(translated.key, translated.event);
  }

  for (const type of ['message', 'app_mention'] as const) {
    app.event(type, async ({ event, body }) =>
      accept(await translator.message(event as MessageEventLike, body as EnvelopeLike)),
    );
  }
  for (const type of ['reaction_added', 'reaction_removed'] as const) {
    app.event(type, async ({ event, body }) =>
      accept(await translator.reaction(event, body as EnvelopeLike)),
    );
  }
  app.event('app_uninstalled', () => Promise.resolve(onGone('app_uninstalled')));
  app.event('tokens_revoked', ({ event }) => {
    // People's tokens are revoked too, which is none of Nunchi's business.
    if (event.tokens.bot?.includes(identity.userId) === true) onGone('tokens_revoked');
    return Promise.resolve();
  });
}
