// The trust filter over a real store: what the base model is asked, what waits for whom, and how waiting ends.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../src/bert/random.js';
import type { Label } from '../../../src/labels.js';
import { createTrust, type Trust } from '../../../src/learn/trust/trust.js';
import type { TrustSettings } from '../../../src/learn/trust/settings.js';
import { CHOSEN } from '../../../src/store/derive-label.js';
import type { NewMessage } from '../../../src/store/contracts/messages.js';
import { readingAs } from '../../fakes/sentiment.js';
import { createLearnFixture, type LearnFixture } from '../learn-fixture.js';

let fixture: LearnFixture;
let trust: Trust;
/** Texts that the base model was given. */
let asked: string[];
beforeEach(async () => {
  fixture = await createLearnFixture();
  asked = [];
  trust = withSettings({});
});
afterEach(() => fixture.close());

const withSettings = (settings: Partial<TrustSettings>) =>
  createTrust({ store: fixture.store, base: fixture.base, settings: { checkEvery: 0, ...settings } });

let written = 0;
/** A message that the champion has read so. */
async function write(read: Label, confidence: number, change: Partial<NewMessage> = {}): Promise<string> {
  written += 1;
  const place = { platform: 'slack', communityId: 'team', channelId: 'room' };
  const message = await fixture.store.messages.add({
    ...{ ...place, externalId: String(written), personId: 'kim', author: 'person', inReplyTo: null },
    ...{ text: `text ${written}`, trainable: true },
    ...change,
  });
  await fixture.store.predictions.add(message.id, 'champion', readingAs(read, confidence));
  return message.id;
}

const say = (messageId: string, personId: string, label: Label | null, emoji = CHOSEN, moderator = true) =>
  fixture.store.feedback.record({
    ...{ messageId, platform: 'slack', personId, moderator, emoji, label, action: 'added' },
  });

const takeBack = (messageId: string, personId: string, label: Label, emoji: string) =>
  fixture.store.feedback.record({
    ...{ messageId, platform: 'slack', personId, moderator: true, emoji, label, action: 'removed' },
  });

/** A base model that reads everything so. */
function readEvidence(label: Label, confidence: number): Promise<void> {
  return trust.readEvidence({
    prepare: () =>
      Promise.resolve({
        model: { version: fixture.base.version, directory: '', engine: 'fake', pid: 0 },
        classify(texts) {
          asked.push(...texts);
          const results = texts.map((text) => ({ text, ...readingAs(label, confidence) }));
          return Promise.resolve({ model: fixture.base.version, results });
        },
        promote: () => Promise.reject(new Error('not to be promoted')),
        discard: () => Promise.resolve(),
      }),
  });
}

const trained = async () => (await trust.trusted()).corrections.map(({ messageId }) => messageId);
const waiting = async () => (await trust.trusted()).waiting;
const reviewOf = (person: string) =>
  trust.toReview('slack', 'team', fixture.store.people.pseudonymOf('slack', person));

describe('a correction of what the models are sure of', () => {
  it('shows at once, and waits for a second moderator', async () => {
    await say(await write('neutral', 0.5), 'park', 'neutral');
    const id = await write('negative', 0.97);
    expect(await say(id, 'kim', 'positive')).toMatchObject({ label: 'positive', learnedInRun: null });
    expect(await trained()).not.toContain(id);
    expect(await waiting()).toEqual({ secondOpinion: 1, ownConfirmation: 0, limit: 0 });
    expect(await trust.waitOf(id)).toEqual({ reason: 'evidence', waitsFor: 'moderator' });
    expect(await reviewOf('kim')).toEqual([]);
    expect(await reviewOf('park')).toEqual([{ messageId: id, reason: 'evidence', own: false }]);
    expect(await trust.toReview('slack', 'elsewhere', '')).toEqual([]);

    await say(id, 'park', 'positive');
    expect(await trained()).toContain(id);
    expect(await trust.waitOf(id)).toBeNull();
    expect(await reviewOf('park')).toEqual([]);
  });

  it('waits for its author where nobody else moderates, who says it again', async () => {
    const chosen = await write('negative', 0.97);
    const byEmoji = await write('negative', 0.97);
    await say(chosen, 'kim', 'positive', '🟢');
    await say(byEmoji, 'kim', 'positive', '🟢');
    expect(await waiting()).toEqual({ secondOpinion: 0, ownConfirmation: 2, limit: 0 });
    expect((await reviewOf('kim')).map(({ own }) => own)).toEqual([true, true]);
    await say(chosen, 'kim', 'positive');
    expect(await trained()).toEqual([chosen]);
    await takeBack(byEmoji, 'kim', 'positive', '🟢');
    await say(byEmoji, 'kim', 'positive', '🟢');
    expect((await trained()).sort()).toEqual([chosen, byEmoji].sort());
  });

  it('is trained where the base model reads it otherwise or is not sure', async () => {
    const id = await write('negative', 0.97);
    await say(id, 'kim', 'positive');
    expect(await trained()).toEqual([]);
    await readEvidence('negative', 0.7);
    expect(await trained()).toEqual([id]);
  });

  it('waits where the base model is sure as well, whatever a later model has learned', async () => {
    const id = await write('negative', 0.97);
    await say(id, 'kim', 'positive');
    await fixture.store.predictions.add(id, 'later', readingAs('positive', 0.99));
    await readEvidence('negative', 0.95);
    expect(await trained()).toEqual([]);
  });
});

describe('a second opinion that nothing waits for', () => {
  it('is asked of others about some corrections, the newest first, after what waits', async () => {
    trust = withSettings({ checkEvery: 1 });
    const older = await write('negative', 0.5);
    const newer = await write('negative', 0.5);
    const held = await write('negative', 0.97);
    await say(older, 'kim', 'positive');
    await say(newer, 'kim', 'positive');
    await say(held, 'kim', 'positive');
    await say(await write('negative', 0.5), 'park', 'positive');
    expect(await trained()).toContain(newer);
    expect((await reviewOf('park')).map(({ messageId, reason }) => [messageId, reason])).toEqual([
      [held, 'evidence'],
      [newer, 'check'],
      [older, 'check'],
    ]);
    await say(newer, 'park', 'positive');
    expect((await reviewOf('park')).map(({ messageId }) => messageId)).toEqual([held, older]);
    expect(await reviewOf('kim')).toHaveLength(1);
  });
});

describe('the base model', () => {
  it('is asked once about each correction, and again about a changed text', async () => {
    const id = await write('negative', 0.6);
    await write('negative', 0.6);
    await say(id, 'kim', 'positive');
    await readEvidence('neutral', 0.5);
    await readEvidence('neutral', 0.5);
    expect(asked).toHaveLength(1);
    await fixture.store.messages.revise(id, 'changed');
    await say(id, 'kim', 'positive');
    await readEvidence('neutral', 0.5);
    expect(asked.at(-1)).toBe('changed');
    const base = async () =>
      (await fixture.store.testimony.all()).find(({ messageId }) => messageId === id)?.baseReading;
    expect(await base()).toMatchObject({ label: 'neutral', modelVersion: fixture.base.version });
    await fixture.store.messages.eraseText(id);
    // With the text its labels go, and what was read of it.
    expect(await base()).toBeUndefined();
  });
});

describe('what is over the limit of a night', () => {
  /** As a training records it. */
  async function train(): Promise<string[]> {
    const { store, base } = fixture;
    const run = await store.runs.start({ trigger: 'night', corrections: 0, baseVersion: base.version });
    const { corrections, waitingMessages } = await trust.trusted();
    const learnedMessages = corrections.map(({ messageId }) => messageId);
    await store.feedback.markLearned(run.id, learnedMessages);
    await store.runs.update(run.id, { state: 'promoted', report: { learnedMessages, waitingMessages } });
    return learnedMessages;
  }
  const lastRun = async () => (await fixture.store.runs.list(1))[0] ?? null;

  it('is counted, and comes in on the nights that follow, without a word being said', async () => {
    trust = withSettings({ perNight: 2 });
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.push(await write('negative', 0.5));
    for (const id of ids) await say(id, 'kim', 'positive');
    expect(await waiting()).toEqual({ secondOpinion: 0, ownConfirmation: 0, limit: 3 });
    expect(await trust.newSince(null)).toBe(2);
    const nights: string[][] = [];
    for (let night = 0; night < 3; night += 1) {
      nights.push(await train());
      if (night < 2) expect(await trust.newSince(await lastRun())).toBe(night === 0 ? 2 : 1);
    }
    expect(nights).toEqual([ids.slice(0, 2), ids.slice(0, 4), ids]);
    expect(await waiting()).toEqual({ secondOpinion: 0, ownConfirmation: 0, limit: 0 });
    expect(await trust.newSince(await lastRun())).toBe(0);
  });

  it('and what was confirmed since count as new for the next night', async () => {
    const held = await write('negative', 0.97);
    await say(held, 'kim', 'positive');
    await say(await write('negative', 0.5), 'kim', 'positive');
    await train();
    expect(await trust.newSince(await lastRun())).toBe(0);
    await say(held, 'kim', 'positive');
    expect(await trust.newSince(await lastRun())).toBe(1);
  });
});

describe('who may decide', () => {
  it('are moderators, and others together; a word of one of them trains nothing', async () => {
    const id = await write('negative', 0.5);
    await say(id, 'lee', 'positive', '🟢', false);
    expect(await trained()).toEqual([]);
    expect(await fixture.store.feedback.current([id])).toEqual(new Map());
  });
});

describe('what is remembered of what was said', () => {
  const LABELS_SAID = ['negative', 'neutral', 'positive'] as const;

  it('gives what reading everything anew would, whatever is said, taken back, learned and erased', async () => {
    const random = createRandom(11);
    const below = (n: number) => Math.floor(random.next() * n);
    const anew = vi.spyOn(fixture.store.testimony, 'all');
    const ids: string[] = [];
    for (let step = 0; step < 160; step += 1) {
      const label = LABELS_SAID[below(3)] ?? 'neutral';
      const person = `moderator-${below(4)}`;
      if (step < 40 || below(4) === 0) {
        ids.push(
          await write(LABELS_SAID[below(3)] ?? 'neutral', random.next(), { text: `text ${below(60)}` }),
        );
      }
      const id = ids[below(ids.length)] ?? '';
      await say(id, person, label);
      if (below(5) === 0) await takeBack(id, person, label, CHOSEN);
      if (step % 40 === 39) {
        const run = await fixture.store.runs.start({ trigger: 'page', corrections: 1, baseVersion: 'base' });
        await fixture.store.feedback.markLearned(run.id, [id]);
      }
      if (step % 50 === 49) await fixture.store.messages.eraseText(id);
      if (step % 8 !== 7) continue;
      anew.mockClear();
      const remembered = await trust.trusted();
      const reads = anew.mock.calls.length;
      expect(remembered).toEqual(await withSettings({}).trusted());
      if (step === 143) expect(reads).toBe(0);
    }
  });

  it('holds no text that was erased', async () => {
    const id = await write('neutral', 0.5);
    await say(id, 'kim', 'positive');
    expect(await trained()).toEqual([id]);
    const since = vi.spyOn(fixture.store.testimony, 'since');
    await fixture.store.messages.eraseText(id);
    expect(await trained()).toEqual([]);
    expect(since).not.toHaveBeenCalled();
  });
});
