// Whatever happens to messages, people and permissions: nothing that may not be trained on reaches a trainer. Looks at the
// very examples that a run hands over, after random sequences of events that a seed makes anew.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/bert/random.js';
import { LABELS, type Label } from '../../../src/labels.js';
import { GATE_DEFAULTS } from '../../../src/learn/gate.js';
import type { ReplaySet } from '../../../src/learn/replay.js';
import { executeRun } from '../../../src/learn/training-run.js';
import { createTrust } from '../../../src/learn/trust/trust.js';
import { DEFAULT_QUORUM } from '../../../src/store/derive-label.js';
import type { LabelledText, StartTrainer } from '../../../src/train/job.js';
import { BASE, createLearnFixture, type LearnFixture } from '../learn-fixture.js';

const REPLAY: ReplaySet = {
  training: [{ text: 'known', label: 'neutral' }],
  heldOut: [{ text: 'kept', label: 'neutral' }],
  hashes: { replay: 'a'.repeat(64) },
};
const PLATFORMS = ['discord', 'slack', 'web'];
const PEOPLE = ['kim', 'lee', 'park', 'choi', 'jung'];
const EVENTS = 70;
const LOOK_EVERY = 14;

let fixture: LearnFixture;
beforeEach(async () => {
  fixture = await createLearnFixture();
});
afterEach(() => fixture.close());

/** What the store is told, kept as plainly as can be. */
interface Known {
  id: string;
  platform: string;
  author: string;
  text: string | null;
  allowed: boolean;
}

class Recorded extends Error {}

/** The examples that the run hands to its trainer, none where there is nothing to train. */
async function handedOver(filtered: boolean): Promise<LabelledText[]> {
  const { store, serving, base, home } = fixture;
  const handed: LabelledText[] = [];
  const startTrainer: StartTrainer = (job) => {
    for (const { text, label } of job.examples) handed.push({ text, label: label as Label });
    const result = Promise.reject(new Recorded());
    return { pid: 0, result, cancel: () => Promise.resolve() };
  };
  const trust = createTrust({ store, base });
  const corrections = filtered
    ? async () => (await trust.trusted()).corrections
    : () => store.feedback.corrections();
  const run = await store.runs.start({ trigger: 'page', corrections: 0, baseVersion: BASE.version });
  const running = executeRun(
    run,
    {
      ...{ store: { ...store, feedback: { ...store.feedback, corrections } }, startTrainer, base },
      ...{ sentiment: serving, home: home.directory, modelsDirectory: home.modelsDirectory },
      loadReplay: () => Promise.resolve(REPLAY),
      gate: { ...GATE_DEFAULTS, minHeldOutCorrections: 1_000 },
      engine: 'auto',
      threads: 1,
      permissions: {},
    },
    {
      signal: new AbortController().signal,
      onPhase: () => Promise.resolve(),
      onProgress: () => undefined,
      onEngine: () => undefined,
    },
  );
  await running.catch((error: unknown) => {
    if (!(error instanceof Recorded) && (error as { code?: string }).code !== 'not-enough-data') throw error;
  });
  return handed.filter(({ text }) => text !== 'known');
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random.next() * from.length)] as T;
}

/** One random event, told to the store and noted beside it. @returns what it was */
async function happen(known: Known[], out: Set<string>, random: Random, step: number): Promise<string> {
  const { store } = fixture;
  const message = known.length === 0 ? undefined : pick(known, random);
  const platform = pick(PLATFORMS, random);
  const person = pick(PEOPLE, random);
  const dice = random.next();
  if (message === undefined || dice < 0.25) {
    // Who asked to be left out is not read by the conversation, which comes before the store.
    if (out.has(`${platform}:${person}`)) return 'left alone';
    const trainable = random.next() < 0.8;
    const text = `message ${step}`;
    const { id } = await store.messages.add({
      ...{
        platform,
        communityId: `${platform} home`,
        channelId: `${platform} room`,
        externalId: String(step),
      },
      ...{ personId: person, author: 'person', inReplyTo: null, text, trainable },
    });
    known.push({ id, platform, author: person, text, allowed: trainable });
    return 'written';
  }
  if (dice < 0.7) {
    const label = pick([...LABELS, null], random);
    const word = {
      messageId: message.id,
      platform: message.platform,
      personId: person,
      emoji: String(label),
    };
    const moderator = random.next() < 0.6;
    const action = random.next() < 0.8 ? 'added' : 'removed';
    await store.feedback.record({ ...word, moderator, label, action }, { quorum: DEFAULT_QUORUM });
    return 'corrected';
  }
  if (dice < 0.78) {
    const text = `message ${step} changed`;
    if ((await store.messages.revise(message.id, text)) !== null) message.text = text;
    return 'edited';
  }
  if (dice < 0.84) {
    await store.messages.eraseText(message.id);
    message.text = null;
    return 'deleted';
  }
  if (dice < 0.9) {
    const leaves = random.next() < 0.6;
    await store.people.leaveOut(platform, person, leaves);
    if (leaves) out.add(`${platform}:${person}`);
    else out.delete(`${platform}:${person}`);
    for (const own of known) {
      if (leaves && own.platform === platform && own.author === person) own.allowed = false;
    }
    return leaves ? 'left out' : 'came back';
  }
  if (dice < 0.94) {
    await store.people.erase(platform, person);
    for (const own of known) if (own.platform === platform && own.author === person) own.text = null;
    return 'erased';
  }
  if (dice < 0.97) {
    await store.feedback.revoke(message.id, { emoji: null, onAnswer: false }, { quorum: DEFAULT_QUORUM });
    return 'revoked';
  }
  await store.messages.forbidTraining(platform, false);
  for (const own of known) if (own.platform === platform) own.allowed = false;
  return 'forbidden';
}

describe('what reaches a trainer', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'is allowed, there, as it stands and as it is labelled now (seed %i)',
    async (seed) => {
      const random = createRandom(seed);
      const known: Known[] = [];
      const out = new Set<string>();
      const happened = new Set<string>();
      let trained = 0;
      for (let step = 1; step <= EVENTS; step += 1) {
        happened.add(await happen(known, out, random, step));
        if (step % LOOK_EVERY > 0) continue;
        const rows = await fixture.store.feedback.corrections();
        for (const row of rows) {
          const message = known.find(({ id }) => id === row.messageId);
          expect(row).toMatchObject({ consent: 'given', trainable: true, platform: message?.platform });
          expect(row.communityId).toBe(`${row.platform} home`);
        }
        for (const filtered of [false, true]) {
          for (const { text, label } of await handedOver(filtered)) {
            const message = known.find((one) => one.text === text);
            expect(message?.allowed, `${text} at step ${step}`).toBe(true);
            const current = await fixture.store.feedback.current([message?.id ?? '']);
            expect(current.get(message?.id ?? '')?.label).toBe(label);
            trained += 1;
          }
        }
      }
      // Else the rest has shown nothing.
      expect(trained).toBeGreaterThan(5);
      expect(happened.size).toBeGreaterThan(6);
    },
  );

  it('would be seen here if it were not allowed', async () => {
    const { store } = fixture;
    const id = await fixture.correct('may be learned', 'positive');
    expect((await handedOver(true)).map(({ text }) => text)).toContain('may be learned');
    await store.people.leaveOut('web', 'operator', true);
    expect(await handedOver(true)).toEqual([]);
    await store.people.leaveOut('web', 'operator', false);
    // Coming back holds for what comes.
    expect(await handedOver(true)).toEqual([]);
    expect((await store.testimony.all()).find(({ messageId }) => messageId === id)?.consent).toBe('left-out');
  });
});
