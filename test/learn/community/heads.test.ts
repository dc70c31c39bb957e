// Which community gets a head of its own, when, and what it reads with it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createConversation } from '../../../src/chat/conversation.js';
import type { Label } from '../../../src/labels.js';
import { createCommunityHeads, FEWEST_CORRECTIONS } from '../../../src/learn/community/heads.js';
import type { TrainingEvent } from '../../../src/learn/training-service.js';
import { NOTHING_WAITS } from '../../../src/learn/trust/trust.js';
import { SILENT_LOGGER } from '../../../src/log.js';
import type { Correction } from '../../../src/store/contracts/labels.js';
import { createFakeSentiment, readingAs, type FakeSentiment } from '../../fakes/sentiment.js';
import { openTestStore } from '../../fakes/web-bench.js';

const HERE = { platform: 'discord', communityId: 'here' };
const THERE = { platform: 'discord', communityId: 'there' };

/** Reads every text as neutral, some more surely than others; `?` cannot be read. */
const neutral = (text: string) =>
  text.startsWith('?')
    ? readingAs('neutral', 0.34, 'unknown-text')
    : readingAs('neutral', 0.5 + (text.length % 7) / 20);

let sentiment: FakeSentiment;
let corrections: Correction[];
let events: ((event: TrainingEvent) => void)[];

function correct(count: number, label: Label, community = HERE): void {
  const from = corrections.length;
  for (let i = from; i < from + count; i += 1) {
    const text = `text ${i} ${'x'.repeat(i % 11)}`;
    const about = { consent: 'given', trainable: true, decidedAt: new Date(0) } as const;
    corrections.push({ ...community, ...about, messageId: String(i), text, label });
  }
}

function create(threshold = 0.5) {
  const trusted = { waiting: NOTHING_WAITS, waitingMessages: [] };
  return createCommunityHeads({
    trust: { trusted: () => Promise.resolve({ ...trusted, corrections }) },
    sentiment,
    threshold,
    logger: SILENT_LOGGER,
  });
}
const training = {
  onEvent: (listener: (event: TrainingEvent) => void) => {
    events.push(listener);
    return () => (events = events.filter((one) => one !== listener));
  },
};

beforeEach(() => {
  sentiment = createFakeSentiment();
  sentiment.swap('nunchi-00000001', neutral);
  [corrections, events] = [[], []];
});

describe('community heads', () => {
  it('read as the community has corrected, and leave every other community what it was', async () => {
    correct(FEWEST_CORRECTIONS, 'negative');
    correct(FEWEST_CORRECTIONS - 1, 'positive', THERE);
    const heads = create();
    await heads.refresh();
    const shared = await sentiment.classify(['what is this', '?']);
    const [own, unread] = heads.read(HERE, shared).results;
    expect(own).toMatchObject({ text: 'what is this', label: 'negative', abstained: false });
    expect(own?.confidence).toBe(own?.scores.negative);
    expect(unread).toEqual(shared.results[1]);
    // Too few corrections; none at all.
    expect(heads.read(THERE, shared)).toBe(shared);
    expect(heads.read({ platform: 'slack', communityId: 'here' }, shared)).toBe(shared);
  });

  it('say so where they are less sure than the installation wants', async () => {
    correct(FEWEST_CORRECTIONS, 'negative');
    const heads = create(0.9999);
    await heads.refresh();
    expect(heads.read(HERE, await sentiment.classify(['this'])).results[0]).toMatchObject({
      label: 'negative',
      abstained: true,
      abstainReason: 'low-confidence',
    });
  });

  it('are none where they help with no correction that they have not seen', async () => {
    correct(200, 'neutral');
    const heads = create();
    await heads.refresh();
    const shared = await sentiment.classify(['this']);
    expect(heads.read(HERE, shared)).toBe(shared);
  });

  it('belong to one model, and are made anew when a run has ended', async () => {
    correct(FEWEST_CORRECTIONS, 'negative');
    const heads = create();
    const stop = heads.follow(training);
    await heads.refresh();
    sentiment.swap('nunchi-00000002', neutral);
    const shared = await sentiment.classify(['this']);
    expect(heads.read(HERE, shared)).toBe(shared);
    const status = { run: null, progress: null, pendingCorrections: 0, waiting: NOTHING_WAITS };
    for (const tell of events) tell({ type: 'status', status: { ...status, phase: 'idle' } });
    await heads.refresh();
    expect(heads.read(HERE, shared).results[0]?.label).toBe('negative');
    stop();
    expect(events).toEqual([]);
  });

  it('stay what they were where the corrections cannot be read', async () => {
    correct(FEWEST_CORRECTIONS, 'negative');
    const heads = create();
    await heads.refresh();
    sentiment.failure = new Error('busy');
    await heads.refresh();
    sentiment.failure = null;
    expect(heads.read(HERE, await sentiment.classify(['this'])).results[0]?.label).toBe('negative');
  });

  it('decide what is answered and kept in a conversation', async () => {
    correct(FEWEST_CORRECTIONS, 'negative');
    const heads = create();
    await heads.refresh();
    const folder = await mkdtemp(path.join(tmpdir(), 'nunchi-heads-'));
    const store = await openTestStore(folder);
    const conversation = createConversation({ store, sentiment, heads, logger: SILENT_LOGGER });
    const { version, directory } = sentiment.model;
    await store.models.register({ version, directory, parent: null, metrics: {} });
    const labels = [];
    for (const place of [HERE, THERE]) {
      const { message, settled } = await conversation.receive({
        ...place,
        channelId: `channel ${place.communityId}`,
        messageId: '1',
        authorId: 'ada',
        text: 'what is this',
        language: 'en',
        addressed: true,
        trainable: true,
      });
      expect(await settled).toMatchObject({ kind: 'answered' });
      labels.push((await store.predictions.of(message.id)).map(({ label }) => label));
    }
    expect(labels).toEqual([['negative'], ['neutral']]);
    await conversation.stop();
    await store.close();
    await rm(folder, { recursive: true });
  });
});
