// The life of a training run: started, judged, confirmed or cancelled, and what is recorded of each ending.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NunchiError } from '../../src/errors.js';
import type { TrainingLimits } from '../../src/learn/candidate-training.js';
import { RUN_DEFAULTS } from '../../src/learn/run-settings.js';
import { GATE_DEFAULTS, type GateConfig } from '../../src/learn/gate.js';
import type { FileProblem } from '../../src/learn/gate/verify-candidate.js';
import type { ReplaySet } from '../../src/learn/replay.js';
import {
  createTrainingService,
  type TrainingEvent,
  type TrainingService,
} from '../../src/learn/training-service.js';
import { WITHDRAWN, type TrainingReport } from '../../src/learn/training-report.js';
import { createTrust } from '../../src/learn/trust/trust.js';
import { SILENT_LOGGER } from '../../src/log.js';
import type { TrainingRun } from '../../src/store/contracts/runs.js';
import type { Label } from '../../src/labels.js';
import { createFakeTrainer, type FakeTrainer, type FakeTraining } from '../fakes/trainer.js';
import { readingAs } from '../fakes/sentiment.js';
import { BASE, createFixtureTraining, createLearnFixture, type LearnFixture } from './learn-fixture.js';

/** The base model reads everything as neutral, so it knows this replay set. */
const REPLAY: ReplaySet = {
  training: Array.from({ length: 40 }, (_, i) => ({ text: `known ${i}`, label: 'neutral' as const })),
  heldOut: Array.from({ length: 20 }, (_, i) => ({ text: `kept ${i}`, label: 'neutral' as const })),
  hashes: { replay: 'a'.repeat(64) },
};
/** Enough of them to say that nothing was lost. */
const LARGE_REPLAY: ReplaySet = {
  ...REPLAY,
  heldOut: Array.from({ length: 2_000 }, (_, i) => ({ text: `kept ${i}`, label: 'neutral' as const })),
};

let fixture: LearnFixture;
let trainer: FakeTrainer;
let training: TrainingService;
let events: TrainingEvent[];

interface ServiceOptions {
  replay?: ReplaySet;
  gate?: Partial<GateConfig>;
  problem?: FileProblem;
  limits?: TrainingLimits;
}

/** The fake serving side knows no files and no behaviour. */
const gateSources = (problem?: FileProblem) => ({
  verify: () => Promise.resolve({ problem: problem ?? null, bytes: 1, baseBytes: 1, int8: false }),
  loadBehaviour: () => Promise.resolve([]),
});

function createService({ replay = REPLAY, gate, problem, limits }: ServiceOptions = {}): TrainingService {
  const service = createFixtureTraining(fixture, trainer.start, {
    loadReplay: () => Promise.resolve(replay),
    gate: { ...GATE_DEFAULTS, minHeldOutCorrections: 5, ...gate },
    gateSources: gateSources(problem),
    ...(limits === undefined ? {} : { limits }),
    permissions: { discord: 'messages' },
  });
  service.onEvent((event) => events.push(event));
  return service;
}

beforeEach(async () => {
  fixture = await createLearnFixture();
  trainer = createFakeTrainer();
  events = [];
  training = createService();
});
afterEach(async () => {
  await training.stop();
  await fixture.close();
});

/** A trained model: reads what it learned as corrected and, unless it forgot, the rest as before. */
function finish(run: FakeTraining, version: string, learned: Record<string, Label>, rest: Label = 'neutral') {
  fixture.serving.models.set(run.job.outDirectory, { version, read: (text) => learned[text] ?? rest });
  run.finish(version);
}

function ended(runId: string): Promise<TrainingRun> {
  return new Promise((resolve, reject) => {
    const look = () => {
      training.status().then(({ phase, run }) => {
        if (phase === 'idle' && run?.id === runId && run.state !== 'running') {
          stop();
          resolve(run);
        }
      }, reject);
    };
    const stop = training.onEvent(look);
    look();
  });
}

const reportOf = (run: TrainingRun) => run.report as TrainingReport;
const trainedModels = () => readdirSync(fixture.home.modelsDirectory);

describe('a run by hand with too little to go by', () => {
  it('waits for a confirmation, then learns, promotes and tells', async () => {
    const messageId = await fixture.correct('so tired', 'negative');
    const started = await training.start('page');
    expect(started).toMatchObject({ state: 'running', corrections: 1, baseVersion: BASE.version });
    const attempt = await trainer.next();
    expect(attempt.job.permissions).toEqual({ discord: 'messages' });
    finish(attempt, 'nunchi-1', { 'so tired': 'negative' });
    const waiting = await ended(started.id);
    expect(waiting).toMatchObject({ state: 'awaiting-confirmation', candidateVersion: 'nunchi-1' });
    expect(waiting.reason).toContain('Not enough data to be sure');
    expect(reportOf(waiting)).toMatchObject({
      permissions: { discord: 'messages' },
      verdict: { decision: 'confirm', rule: 'insufficient-data', replay: { both: 20 } },
      learned: { n: 1, champion: 0, candidate: 1 },
      learnedMessages: [messageId],
      replaySources: { nunchi: 40 },
    });
    expect(fixture.serving.model.version).toBe(BASE.version);
    expect(await fixture.store.feedback.pendingCount()).toBe(1);

    const promoted = await training.confirm(started.id);
    expect(promoted.state).toBe('promoted');
    expect(fixture.serving.model.version).toBe('nunchi-1');
    expect(await fixture.store.feedback.pendingCount()).toBe(0);
    const [deployment] = await fixture.store.models.deployments(1);
    expect(deployment?.reason).toMatch(/confirmed by the operator: Not enough data to be sure/);
    expect(events.filter((event) => event.type === 'promoted')).toEqual([
      { type: 'promoted', version: 'nunchi-1', previousVersion: BASE.version, learned: [messageId] },
    ]);
    expect(path.isAbsolute((await fixture.store.models.get('nunchi-1'))?.directory ?? '/')).toBe(false);
  });

  it('gives the trainer corrections repeated and the replay set, from the base model', async () => {
    await fixture.correct('so tired', 'negative');
    await training.start('page');
    const { job } = await trainer.next();
    expect(job.baseDirectory).toBe(fixture.base.directory);
    expect(job.data).toHaveProperty('replay');
    expect(job.examples.filter((row) => row.label === 'neutral')).toHaveLength(40);
    expect(job.examples.filter((row) => row.text === 'so tired').length).toBeGreaterThan(5);
  });

  it('may go on while a few corrections are not learned, and stops early once they are', async () => {
    await fixture.correct('so tired', 'negative');
    await training.start('page');
    const { job } = await trainer.next();
    expect(job.stopWhenLearned?.share).toBeGreaterThan(0.5);
    expect(job).toMatchObject({
      epochs: RUN_DEFAULTS.few.epochs,
      learningRate: RUN_DEFAULTS.few.learningRate,
    });
    expect(job.epochs).toBeGreaterThan(RUN_DEFAULTS.epochs);
  });

  it('keeps the model in use where the candidate forgot what was known', async () => {
    await fixture.correct('so tired', 'negative');
    const { id } = await training.start('page');
    finish(await trainer.next(), 'nunchi-1', { 'so tired': 'negative' }, 'negative');
    const run = await ended(id);
    expect(run).toMatchObject({ state: 'kept', candidateVersion: 'nunchi-1' });
    expect(run.reason).toContain('worse on what Nunchi already knew');
    expect(trainedModels()).toEqual([]);
    await expect(training.confirm(id)).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('does not promote what it learned from a message that was deleted since', async () => {
    const messageId = await fixture.correct('so tired', 'negative');
    const { id } = await training.start('page');
    finish(await trainer.next(), 'nunchi-1', { 'so tired': 'negative' });
    await ended(id);
    expect(await fixture.store.models.alias('challenger')).not.toBeNull();
    await fixture.store.messages.eraseText(messageId);
    // At once, and whoever is asked hears of it.
    await vi.waitFor(() =>
      expect(events.at(-1)).toMatchObject({ status: { run: { state: 'kept', reason: WITHDRAWN } } }),
    );
    expect(await fixture.store.models.alias('challenger')).toBeNull();
    await expect(training.confirm(id)).rejects.toMatchObject({ code: 'invalid-input' });
    expect(fixture.serving.model.version).toBe(BASE.version);
  });

  it('can be declined, or confirmed by promoting its candidate with a command', async () => {
    const messageId = await fixture.correct('so tired', 'negative');
    const first = await training.start('page');
    finish(await trainer.next(), 'nunchi-1', { 'so tired': 'negative' });
    await ended(first.id);
    expect(await training.decline(first.id)).toMatchObject({ state: 'kept' });
    expect(fixture.serving.model.version).toBe(BASE.version);

    const second = await training.start('page');
    finish(await trainer.next(), 'nunchi-2', { 'so tired': 'negative' });
    await ended(second.id);
    const told = new Promise<TrainingEvent>((resolve) => {
      training.onEvent((event) => event.type === 'promoted' && resolve(event));
    });
    await fixture.registry.promote('nunchi-2', 'by a command');
    expect(await told).toMatchObject({ version: 'nunchi-2', learned: [messageId] });
    expect(await fixture.store.runs.get(second.id)).toMatchObject({ state: 'promoted' });
  });

  it('can be foreseen', async () => {
    expect(await training.plan()).toMatchObject({
      trainedCorrections: 0,
      trainedReplay: 40,
      replaySources: { nunchi: 40 },
    });
    await fixture.correct('so tired', 'negative');
    await fixture.correct('known 3', 'positive');
    expect(await training.plan()).toEqual({
      baseVersion: BASE.version,
      engine: 'auto',
      trainedCorrections: 2,
      heldOutCorrections: 0,
      trainedReplay: 39,
      heldOutReplay: 20,
      replaySources: { nunchi: 39 },
    });
    expect(await fixture.store.runs.list(1)).toEqual([]);
  });

  it('leaves only the newest question open', async () => {
    await fixture.correct('so tired', 'negative');
    const first = await training.start('page');
    finish(await trainer.next(), 'nunchi-1', { 'so tired': 'negative' });
    await ended(first.id);
    await training.start('page');
    expect(await fixture.store.runs.get(first.id)).toMatchObject({ state: 'kept' });
    await trainer.next();
  });
});

describe('a run with enough to go by', () => {
  async function trainOn(service: TrainingService, corrections: number, trigger: string, rest?: Label) {
    await training.stop();
    training = service;
    const learned: Record<string, Label> = {};
    for (let i = 0; i < corrections; i += 1) {
      await fixture.correct(`word ${i}`, 'negative');
      learned[`word ${i}`] = 'negative';
    }
    const { id } = await training.start(trigger);
    finish(await trainer.next(), 'nunchi-1', learned, rest);
    return ended(id);
  }

  it('promotes by itself from few corrections where nothing was lost', async () => {
    const run = await trainOn(createService({ replay: LARGE_REPLAY }), 2, 'night');
    expect(run).toMatchObject({ state: 'promoted', reason: null });
    expect(reportOf(run).verdict).toMatchObject({ rule: 'few-corrections', purpose: 'night' });
    expect(fixture.serving.model.version).toBe('nunchi-1');
  });

  it('asks where the operator wants to be asked', async () => {
    const service = createService({ replay: LARGE_REPLAY, gate: { promotion: 'ask' } });
    const run = await trainOn(service, 2, 'night');
    expect(run).toMatchObject({ state: 'awaiting-confirmation', candidateVersion: 'nunchi-1' });
    expect(await training.confirm(run.id)).toMatchObject({ state: 'promoted' });
  });

  it('promotes where the held-out corrections show that it is better', async () => {
    const run = await trainOn(createService({ replay: LARGE_REPLAY }), 60, 'night');
    expect(run).toMatchObject({ state: 'promoted', reason: null });
    expect(reportOf(run).verdict.rule).toBe('mcnemar-better');
    expect(reportOf(run).trainedCorrections).toBeLessThan(60);
  });

  it('keeps the model in use where what was known is lost, whoever began the run', async () => {
    const run = await trainOn(createService({ replay: LARGE_REPLAY }), 2, 'page', 'negative');
    expect(run).toMatchObject({ state: 'kept', candidateVersion: 'nunchi-1' });
    expect(reportOf(run).verdict.rule).toBe('worse-on-replay');
  });

  it('stores a verdict about files that are not right, and loads nothing', async () => {
    const problem = { kind: 'not-finite', detail: 'a weight' } as const;
    const run = await trainOn(createService({ problem }), 2, 'night');
    expect(run).toMatchObject({ state: 'kept' });
    expect(run.reason).toContain('some of its weights are not numbers');
    expect(reportOf(run).verdict).toMatchObject({ rule: 'files', fileProblem: problem });
    expect(fixture.serving.log).not.toContain('prepare nunchi-1');
    expect(trainedModels()).toEqual([]);
  });

  it('stores a verdict about a model whose readings are unsound when it is loaded', async () => {
    fixture.serving.prepare = () =>
      Promise.reject(new NunchiError('model-check-failed', 'scores are no numbers'));
    const run = await trainOn(createService(), 2, 'night');
    expect(run).toMatchObject({ state: 'kept' });
    expect(reportOf(run).verdict).toMatchObject({ rule: 'files', fileProblem: { kind: 'unsound' } });
    expect(trainedModels()).toEqual([]);
  });

  it('has learned what further messages with the same text say, and a model that is the one in use leaves nothing to learn', async () => {
    const older = await fixture.correct('SO tired', 'negative');
    const newer = await fixture.correct('so tired', 'negative');
    const learned = { 'so tired': 'negative' as const };
    await training.stop();
    training = createService({ replay: LARGE_REPLAY });
    const first = await training.start('night');
    finish(await trainer.next(), 'nunchi-1', learned);
    expect(await ended(first.id)).toMatchObject({ state: 'promoted' });
    expect(await fixture.store.feedback.pendingCount()).toBe(0);
    const [promoted] = events.filter((event) => event.type === 'promoted');
    expect(promoted).toMatchObject({ learned: [newer, older] });

    await fixture.correct('So tired', 'negative');
    expect(await fixture.store.feedback.pendingCount()).toBe(1);
    const second = await training.start('night');
    finish(await trainer.next(), 'nunchi-1', learned);
    const kept = await ended(second.id);
    expect(kept).toMatchObject({ state: 'kept' });
    expect(reportOf(kept).verdict.rule).toBe('same-model');
    expect(await fixture.store.feedback.pendingCount()).toBe(0);

    // Coming into use again is no other end for the run that was kept for giving the same model.
    await fixture.registry.promote(BASE.version, 'back');
    const promotions = () => events.filter(({ type }) => type === 'promoted');
    await fixture.registry.promote('nunchi-1', 'forth');
    await vi.waitFor(() => expect(promotions()).toHaveLength(3));
    expect(await fixture.store.runs.get(second.id)).toMatchObject({ state: 'kept' });
  });

  it('compares only on held-out corrections that the model in use did not learn', async () => {
    // Too few to hold any out, so that the first model learns them all.
    const run = await trainOn(
      createService({ replay: LARGE_REPLAY, gate: { minHeldOutCorrections: 30 } }),
      60,
      'night',
    );
    expect(reportOf(run)).toMatchObject({ trainedCorrections: 60, learned: { candidate: 60 } });
    await training.stop();
    training = createService({ replay: LARGE_REPLAY });
    await fixture.correct('one more', 'negative');
    const { id } = await training.start('night');
    // Reads as the first one did only what it was trained on itself.
    const second = await trainer.next();
    const texts = second.job.examples.filter(({ label }) => label === 'negative').map(({ text }) => text);
    finish(second, 'nunchi-2', Object.fromEntries(texts.map((text) => [text, 'negative'])));
    const { heldOutCorrections: held, rule } = reportOf(await ended(id)).verdict;
    expect(held.both + held.onlyChampion + held.onlyCandidate + held.neither).toBe(0);
    expect(rule).toBe('few-corrections');
  });
});

describe('a run that does not come to its end', () => {
  it('is refused without corrections, and while another is under way', async () => {
    await expect(training.start('page')).rejects.toMatchObject({ code: 'not-enough-data' });
    await fixture.correct('so tired', 'negative');
    const both = await Promise.allSettled([training.start('page'), training.start('page')]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(both[1]).toMatchObject({ reason: { code: 'training-running' } });
    await trainer.next();
  });

  it('is ended where it takes longer than it may, and says which setting that is', async () => {
    await training.stop();
    training = createService({ limits: { minutes: 240, memoryMb: 3 } });
    await fixture.correct('so tired', 'negative');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { id } = await training.start('page');
    const run = await trainer.next();
    vi.advanceTimersByTime(240 * 60_000 - 1);
    expect(run.cancelled).toBe(false);
    vi.advanceTimersByTime(1);
    vi.useRealTimers();
    expect(run.job.memoryLimit).toBe(3e6);
    await vi.waitFor(async () =>
      expect(await fixture.store.runs.get(id)).toMatchObject({
        state: 'failed',
        reason: expect.stringContaining('NUNCHI_TRAINING_MINUTES') as string,
      }),
    );
    expect(run.cancelled).toBe(true);
    expect(await training.status()).toMatchObject({ phase: 'idle' });
  });

  it('shows its progress and can be cancelled', async () => {
    await fixture.correct('so tired', 'negative');
    const { id } = await training.start('page');
    const run = await trainer.next();
    const progress = {
      step: 1,
      totalSteps: 8,
      epoch: 1,
      loss: 1.1,
      learningRate: 1e-5,
      examplesPerSecond: 9,
      secondsLeft: 3,
    };
    run.report({ type: 'progress', progress });
    expect(await training.status()).toMatchObject({ phase: 'training', progress, pendingCorrections: 1 });
    await training.cancel();
    expect(run.cancelled).toBe(true);
    expect(await fixture.store.runs.get(id)).toMatchObject({
      state: 'cancelled',
      reason: 'Cancelled by the operator',
    });
    expect(await training.status()).toMatchObject({ phase: 'idle', progress: null });
    await training.start('page');
    await trainer.next();
  });

  it('says why the trainer failed, and the champion serves on', async () => {
    await fixture.correct('so tired', 'negative');
    const { id } = await training.start('page');
    const cause = new NunchiError('training-failed', 'the trainer ended (SIGKILL)', { hint: 'Try again.' });
    (await trainer.next()).fail(cause);
    expect(await ended(id)).toMatchObject({
      state: 'failed',
      reason: 'the trainer ended (SIGKILL). Try again.',
    });
    expect(fixture.serving.model.version).toBe(BASE.version);
    expect((await fixture.serving.classify(['x'])).model).toBe(BASE.version);
  });

  it('fails where its candidate cannot be loaded, and leaves no directory', async () => {
    await fixture.correct('so tired', 'negative');
    const { id } = await training.start('page');
    (await trainer.next()).finish('nunchi-1');
    expect(await ended(id)).toMatchObject({ state: 'failed' });
    expect(trainedModels()).toEqual([]);
  });

  it('keeps quiet about what a foreign error says', async () => {
    await fixture.correct('so tired', 'negative');
    const { id } = await training.start('page');
    (await trainer.next()).fail(new TypeError('cannot read "so tired"'));
    const run = await ended(id);
    expect(run.reason).not.toContain('tired');
    expect(run.reason).toContain('TypeError');
  });

  it('ends with the service', async () => {
    await fixture.correct('so tired', 'negative');
    const { id } = await training.start('page');
    await trainer.next();
    await training.stop();
    expect(await fixture.store.runs.get(id)).toMatchObject({
      state: 'cancelled',
      reason: 'Nunchi was stopped',
    });
    await expect(training.start('page')).rejects.toMatchObject({ code: 'serving-stopped' });
  });
});

describe('corrections that wait', () => {
  it('are counted, written into the report and not trained', async () => {
    const { store, serving, registry, base, home } = fixture;
    await training.stop();
    const trust = createTrust({ store, base });
    training = createTrainingService({
      ...{ store, trust, registry, base, sentiment: serving, startTrainer: trainer.start },
      ...{ home: home.directory, modelsDirectory: home.modelsDirectory, engine: 'auto', threads: 1 },
      loadReplay: () => Promise.resolve(REPLAY),
      gate: { ...GATE_DEFAULTS, minHeldOutCorrections: 5 },
      gateSources: gateSources(),
      permissions: {},
      logger: SILENT_LOGGER,
    });
    const held = await fixture.correct('surely neutral', 'negative');
    // Decided after it was read, as people see the reading first.
    const { confidence, ...sure } = { ...readingAs('neutral', 0.99) };
    await store.testimony.noteBaseReadings(base.version, [
      { messageId: held, label: sure.label, confidence },
    ]);
    await expect(training.start('page')).rejects.toMatchObject({
      code: 'corrections-waiting',
      hint: expect.stringContaining('review queue') as string,
    });
    const learned = await fixture.correct('so tired', 'negative');
    expect((await training.status()).waiting).toEqual({ secondOpinion: 0, ownConfirmation: 1, limit: 0 });
    expect(await training.plan()).toMatchObject({ trainedCorrections: 1 });
    const { id } = await training.start('page');
    const run = await trainer.next();
    const texts = run.job.examples.map(({ text }) => text);
    expect(texts).toContain('so tired');
    expect(texts).not.toContain('surely neutral');
    finish(run, 'nunchi-1', { 'so tired': 'negative' });
    const { report } = await ended(id);
    expect(report).toMatchObject({
      learnedMessages: [learned],
      waitingMessages: [held],
      waiting: { ownConfirmation: 1 },
    });
  });
});
