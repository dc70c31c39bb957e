// A chat platform out of an adapter: events are kept before they are acknowledged and answers before they are sent, so that
// each is answered once in effect, whenever the process dies. The same for every platform that has an adapter.
import { NunchiError } from '../../errors.js';
import type { Logger } from '../../log.js';
import type { Store } from '../../store/store.js';
import type { PlatformAdapter } from '../adapter.js';
import type { Conversation } from '../conversation.js';
import { createEventHandler, laneOf } from '../events.js';
import type { ChatEvent, ChatPlatform } from '../platform.js';
import type { AnswerRequest } from '../requests.js';
import type { CommunitySettingsService } from '../settings.js';
import type { TrainingUses } from '../training-use.js';
import { createAdapterHub } from './adapter-hub.js';
import { createInboxRunner } from './inbox-runner.js';
import { createOutboxRunner } from './outbox-runner.js';
import { createOutgoing } from './outgoing.js';

export interface DurablePlatformConfig {
  adapter: PlatformAdapter;
  conversation: Pick<Conversation, 'attach' | 'receive' | 'revise' | 'correct'>;
  store: Store;
  settings: CommunitySettingsService;
  answer: AnswerRequest;
  /** Confidence from which a reading is shown as a reaction, where a community has set none. */
  threshold: number;
  /** By platform, what the operator lets Nunchi learn from. @default what platforms have that are not named */
  permissions?: TrainingUses;
  logger: Logger;
  /** Longest time that a stop waits for what is being read, answered and sent. @default 10 s */
  stopWithinMs?: number;
  /** Pauses before an event that could not be handled is tried again; see `InboxRunnerConfig`. */
  retryAfterMs?: readonly number[];
  /** Pause before something is sent a second time; see `OutboxRunnerConfig`. */
  firstRetryMs?: number;
  now?: () => Date;
}

const STOP_WITHIN_MS = 10_000;
/** More than can wait after any outage; only what was never tried is looked for. */
const MOST_LEFT = 100_000;

/** Started and stopped once. */
export function createDurablePlatform(config: DurablePlatformConfig): ChatPlatform {
  const { adapter, conversation, store, settings, threshold, logger } = config;
  const { stopWithinMs = STOP_WITHIN_MS, now = () => new Date() } = config;
  const { name } = adapter;
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let detach: (() => void) | undefined;
  /** Lanes of events that wait for the inbox to be started; undefined once it is. */
  let waitingLanes: Set<string> | undefined = new Set();
  /** Rows of the outbox that an earlier process may have sent. */
  const left = new Set<string>();
  const requests = new Set<Promise<unknown>>();

  const outgoing = createOutgoing({ adapter, store, settings });
  const outbox = createOutboxRunner({
    platform: name,
    outbox: store.outbox,
    send: (item) => outgoing.send(item, item.attempts > 0 || left.has(item.id)),
    onSent: (item, deliveredId) => outgoing.noteSent(item, deliveredId),
    logger,
    now,
    ...(config.firstRetryMs === undefined ? {} : { firstRetryMs: config.firstRetryMs }),
  });

  const platform: ChatPlatform = {
    name,
    start: () => (starting ??= start()),
    stop: () => (stopping ??= stop()),
    async reply(channelId, reply) {
      const row = await outgoing.reply(channelId, reply);
      if (row !== null) await outbox.add(row);
    },
    async amend(channelId, reply) {
      await outbox.add(outgoing.amend(channelId, reply));
    },
    async react(channelId, messageId, label) {
      await outbox.add(outgoing.react(channelId, messageId, label));
    },
    async post(channelId, key, post) {
      await outbox.add(outgoing.post(channelId, key, post));
    },
    async whisper(channelId, whisper) {
      await outbox.add(outgoing.whisper(channelId, whisper));
    },
    fetch: (channelId, messageId) => adapter.fetch(channelId, messageId),
    // What was read anew changes no answer given in a chat, and what could not be read is tried again by the inbox.
    reread: () => Promise.resolve(),
    unread: () => Promise.resolve(),
  };

  const handle = createEventHandler({
    platform,
    conversation,
    store,
    settings,
    threshold,
    training: config.permissions ?? {},
  });
  const inbox = createInboxRunner<ChatEvent>({
    platform: name,
    inbox: store.inbox,
    async handle(event) {
      if (event.type === 'reaction' || event.type === 'reactions-cleared') {
        const { channelId, messageId } = event;
        const known = await store.messages.find(name, channelId, messageId);
        // It may be under an answer that was shown a moment ago and whose id is being noted.
        if (known === null) await outbox.settled(channelId);
      }
      return handle(event);
    },
    laneOf,
    logger,
    ...(config.retryAfterMs === undefined ? {} : { retryAfterMs: config.retryAfterMs }),
  });

  const hub = createAdapterHub({
    platform: name,
    store,
    settings,
    answer(request) {
      const answering = config.answer(request).finally(() => requests.delete(answering));
      requests.add(answering);
      return answering;
    },
    keep(key, event) {
      waitingLanes?.add(laneOf(event));
      return inbox.accept(key, event);
    },
    busy: (lane) => waitingLanes?.has(lane) ?? inbox.busy(lane),
    now,
  });

  async function start(): Promise<void> {
    if (stopping !== undefined)
      throw new NunchiError('usage', `${name} was stopped and cannot be started again`);
    for (const { id } of await store.outbox.due(name, MOST_LEFT)) left.add(id);
    for (const { content } of await store.inbox.pending(name))
      waitingLanes?.add(laneOf(content as ChatEvent));
    detach = conversation.attach(platform);
    try {
      await adapter.connect(hub);
    } catch (error) {
      detach();
      starting = undefined;
      await adapter
        .close()
        .catch((cause: unknown) => logger.warn('not closed', { platform: name, error: cause }));
      throw error;
    }
    if (isStopping()) return;
    outbox.start();
    await inbox.start();
    waitingLanes = undefined;
  }

  /** Asked after an await, where the compiler takes the variable for what it was. */
  const isStopping = () => stopping !== undefined;

  async function stop(): Promise<void> {
    const attempt = async (what: string, work: () => Promise<unknown>) => {
      try {
        await work();
      } catch (error) {
        logger.warn('not stopped cleanly', { platform: name, step: what, error });
      }
    };
    const finish = async () => {
      await attempt('disconnect', () => adapter.disconnect());
      await attempt('requests', () => Promise.allSettled(requests));
      await attempt('inbox', () => inbox.stop());
      await attempt('outbox', () => outbox.stop());
      // Not before: an answer whose platform is gone would count as given.
      detach?.();
    };
    if (!(await within(finish(), stopWithinMs))) {
      logger.warn('stopped in the middle; the next start goes on', {
        platform: name,
        durationMs: stopWithinMs,
      });
    }
    await attempt('close', () => adapter.close());
  }

  return platform;
}

/** @returns false where the time ran out first */
async function within(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([work.then(() => true), passed]);
  } finally {
    clearTimeout(timer);
  }
}
