// Nunchi in Slack: connects Bolt to the hub, and sends what it is given.
import type { PlatformAdapter } from '../../src/chat/adapter.js';
import { DeliveryRefused } from '../../src/chat/delivery/outbox-runner.js';
import type { SlackConfig } from '../../src/config.js';
import type { Logger } from '../../src/log.js';
import { createSlackApi, refusalOf } from './api.js';
import { createBoltLogger } from './bolt-logger.js';
import type { SocketTiming } from './connection/socket.js';
import { fetchMessage } from './fetch-message.js';
import { createSender } from './send/send.js';
import { createSession, type Session } from './session.js';
import { createThreadMemory } from './translate/thread-memory.js';

export interface SlackAdapterConfig {
  slack: SlackConfig;
  logger: Logger;
  timing?: Partial<SocketTiming>;
  now?: () => number;
}

export interface SlackAdapter extends PlatformAdapter {
  /** Where requests come in, once connected in HTTP mode. */
  readonly port: number | undefined;
}

export function createSlackAdapter(config: SlackAdapterConfig): SlackAdapter {
  const { slack, logger, timing = {}, now = Date.now } = config;
  const boltLogger = createBoltLogger(logger);
  const api = createSlackApi({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger: boltLogger });
  const threads = createThreadMemory();
  const send = createSender({ api, onAnswered: threads.add, now });
  let session: Session | undefined;
  let gone = false;

  /** The app was taken out of the workspace: nothing works any more, and nobody is to be bothered with it. */
  function onGone(reason: string): void {
    if (gone) return;
    gone = true;
    logger.error(
      'Slack: the app was taken out of the workspace. Install it again at api.slack.com/apps → your app → Install App and restart Nunchi; otherwise take SLACK_BOT_TOKEN out of the settings and delete what is stored (docs/slack.md).',
      { platform: 'slack', reason },
    );
    session
      ?.end()
      .catch((error: unknown) => logger.warn('Slack was not left cleanly', { platform: 'slack', error }));
  }

  const end = async () => session?.end();

  return {
    name: 'slack',
    get port() {
      return session?.port;
    },
    async connect(hub) {
      session = createSession({ slack, api, hub, threads, timing, onGone, logger, boltLogger, now });
      await session.start();
    },
    disconnect: end,
    close: end,
    async send(delivery) {
      if (gone) throw new DeliveryRefused('Slack: the app was taken out of the workspace');
      return send(delivery);
    },
    async fetch(channelId, messageId) {
      const translator = session?.translator;
      if (translator === undefined) return null;
      try {
        return await fetchMessage(api.read, translator, channelId, messageId);
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === null) throw error;
        logger.info('a message could not be looked up', { platform: 'slack', messageId, code: refusal.code });
        return null;
      }
    },
  };
}
