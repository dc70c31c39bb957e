// The contract of every store, whichever database is behind it: run it with something that opens an empty one.
import { afterEach, beforeEach, describe } from 'vitest';
import type { Reading } from '../../src/labels.js';
import type { FeedbackEvent } from '../../src/store/contracts/labels.js';
import type { NewMessage } from '../../src/store/contracts/messages.js';
import type { Store } from '../../src/store/store.js';
import { deletionContract } from './store-deletions.js';
import { deliveryContract } from './store-delivery.js';
import { feedbackContract } from './store-feedback.js';
import { jobContract } from './store-jobs.js';
import { messageContract } from './store-messages.js';
import { modelContract } from './store-models.js';
import { peopleContract } from './store-people.js';
import { progressiveContract } from './store-progressive.js';
import { reportContract } from './store-reports.js';

export interface StoreBench {
  store: Store;
  /** Moves the store's clock. */
  advance(ms: number): void;
  now(): Date;
}

/** Opens a store over an empty database with the given clock. */
export type OpenEmptyStore = (now: () => Date) => Promise<Store>;

export function storeContract(database: string, openEmpty: OpenEmptyStore): void {
  describe(`store contract: ${database}`, () => {
    let clock = Date.parse('2026-03-01T12:00:00Z');
    const now = () => new Date(clock);
    const bench: StoreBench = {
      store: undefined as unknown as Store,
      advance: (ms) => (clock += ms),
      now,
    };
    beforeEach(async () => {
      bench.store = await openEmpty(now);
    });
    afterEach(() => bench.store.close());

    messageContract(bench);
    feedbackContract(bench);
    modelContract(bench);
    deletionContract(bench);
    jobContract(bench);
    deliveryContract(bench);
    peopleContract(bench);
    reportContract(bench);
    progressiveContract(bench);
  });
}

let external = 0;

export function aMessage(change: Partial<NewMessage> = {}): NewMessage {
  external += 1;
  return {
    platform: 'web',
    communityId: 'local',
    channelId: 'page',
    externalId: `message-${external}`,
    personId: 'person-1',
    author: 'person',
    inReplyTo: null,
    text: '배터리가 오래가요 👍🏽',
    trainable: true,
    ...change,
  };
}

export function aReading(change: Partial<Reading> = {}): Reading {
  return {
    label: 'positive',
    confidence: 0.9,
    scores: { negative: 0.0625, neutral: 0.0375, positive: 0.9 },
    abstained: false,
    ...change,
  };
}

export function aCorrection(messageId: string, change: Partial<FeedbackEvent> = {}): FeedbackEvent {
  return {
    messageId,
    platform: 'web',
    personId: 'moderator-1',
    moderator: true,
    emoji: '🔴',
    label: 'negative',
    action: 'added',
    ...change,
  };
}
