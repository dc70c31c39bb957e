// A pre-training run from a base directory and plain texts to a new base directory, reporting as it goes.
import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { pretrainingShapes, type BertConfig } from '../../bert/config.js';
import { openModelDirectory, writeModelDirectory, type ModelDirectory } from '../../bert/model-directory.js';
import { createUntrainedWeights } from '../../bert/untrained.js';
import type { Weights } from '../../bert/weights.js';
import { NunchiError } from '../../errors.js';
import { ADAMW_DEFAULTS } from '../adamw.js';
import { readCheckpoint, removeCheckpoint, writeCheckpoint } from '../checkpoint.js';
import { candidatesOf, chooseEngine, openChosen } from '../engines/choose.js';
import type { TrainingSession } from '../engine.js';
import { pretrainingCard } from '../model-card.js';
import { pretraining } from '../objectives/pretraining.js';
import { createProgressMeter } from '../progress-meter.js';
import { linearSchedule } from '../schedule.js';
import { createBatchBuilder, epochTexts, type PretrainingBatchOptions } from './batches.js';
import { readCorpus, type SplitCorpus } from './corpus.js';
import { openPretrainingEvaluator, type PretrainingEvaluator, type PretrainingMetrics } from './evaluate.js';
import type { PretrainingJob, PretrainingMessage, PretrainingResult } from './job.js';
import { pieceTraits } from './pairs.js';

export interface PretrainingHooks {
  onMessage(message: PretrainingMessage): void;
  signal: AbortSignal;
}

/** `[PAD]`, `[CLS]`, `[unused7]` and the like, wherever a vocabulary has them. */
const SPECIAL_PIECE = /^\[[^\]]+\]$/;

/**
 * Pre-trains and writes the model directory. Resumes from the job's own checkpoint where there is one; a cancelled run
 * leaves one.
 * @throws NunchiError `usage`, `training-cancelled`, `training-failed`, `not-enough-data`, and what opening the base throws
 */
export async function runPretraining(
  job: PretrainingJob,
  hooks: PretrainingHooks,
): Promise<PretrainingResult> {
  const started = performance.now();
  // Before hours of work, not after them.
  if (existsSync(job.outDirectory)) {
    throw new NunchiError('usage', `${job.outDirectory} exists already`, {
      hint: 'Name a folder that does not exist.',
    });
  }
  const base = await openModelDirectory(job.baseDirectory);
  const config: BertConfig = { ...base.config, labels: [] };
  const weights = await startWeights(base, config, job.seed);
  const { tokenizer } = base;
  const maxLength = Math.min(job.maxLength, config.maxPositions);
  const corpus = await readCorpus({
    files: job.files,
    ...(job.exclude === undefined ? {} : { exclude: job.exclude }),
    tokenizer,
    maxTokens: maxLength - 3,
    heldOut: job.heldOut,
    seed: job.seed,
    ...(job.limit === undefined ? {} : { limit: job.limit }),
    onProgress: (texts) => hooks.onMessage({ type: 'reading', texts }),
  });
  const pieces = tokenizer.pieces();
  const options: PretrainingBatchOptions = {
    traits: pieceTraits(pieces),
    padId: tokenizer.padId,
    clsId: tokenizer.clsId,
    sepId: tokenizer.sepId,
    maskId: tokenizer.maskId,
    ordinaryIds: Int32Array.from(pieces.keys()).filter((id) => !SPECIAL_PIECE.test(pieces[id] ?? '')),
    maxLength,
    nextSentence: job.nextSentence,
    rate: job.maskRate,
    wholeWords: job.wholeWords,
    tokensPerBatch: job.tokensPerBatch,
    seed: job.seed,
  };
  const fingerprint = runFingerprint(job, base.version, corpus);
  const resumed =
    job.checkpointDirectory === undefined ? null : await readCheckpoint(job.checkpointDirectory, fingerprint);
  const { engine, session, passedOver } = await openChosen(
    await chooseEngine(candidatesOf(job.engine), job.threads),
    {
      config:
        job.dropout === undefined
          ? config
          : { ...config, hiddenDropout: job.dropout, attentionDropout: job.dropout },
      objective: pretraining,
      optimizer: { ...ADAMW_DEFAULTS, weightDecay: job.weightDecay, clipNorm: job.clipNorm },
      state: resumed?.state ?? { weights, m: new Map(), v: new Map(), step: 0 },
      seed: job.seed,
      threads: job.threads,
    },
  );
  hooks.onMessage({ type: 'engine', name: engine.name, passedOver });
  const evaluator = await openPretrainingEvaluator(config, heldOutBatches(corpus, options), job.threads);
  try {
    const run = { job, hooks, session, evaluator, corpus, options, fingerprint };
    const { steps, metrics, loss } = await runSteps(run, resumed?.state.step ?? 0);
    const recipe = recipeOf(job, corpus, steps);
    const manifest = await writeModelDirectory(job.outDirectory, {
      config,
      weights: (await session.state()).weights,
      tokenizerFrom: job.baseDirectory,
      manifest: {
        parent: base.version,
        recipe,
        seed: job.seed,
        engine: engine.name,
        data: corpus.data,
        metrics: { trainingLoss: loss, ...metrics },
      },
      card: pretrainingCard({ base: base.version, recipe, data: corpus.data, engine: engine.name, metrics }),
      precision: 'float32',
    });
    if (job.checkpointDirectory !== undefined) await removeCheckpoint(job.checkpointDirectory);
    const seconds = (performance.now() - started) / 1000;
    const { version } = manifest;
    return { directory: job.outDirectory, version, steps, engine: engine.name, seconds, metrics };
  } finally {
    await evaluator.dispose();
    await session.dispose();
  }
}

/** The base's own weights, and fresh ones for the heads that it lacks. */
async function startWeights(base: ModelDirectory, config: BertConfig, seed: number): Promise<Weights> {
  const weights = await base.loadWeights({ allowMissingHead: true, forPretraining: true });
  const shapes = pretrainingShapes(config);
  const missing = [...shapes.keys()].filter((name) => !weights.has(name));
  return new Map([...weights, ...createUntrainedWeights(config, seed, missing, shapes)]);
}

function heldOutBatches({ heldOut }: SplitCorpus, options: PretrainingBatchOptions) {
  const build = createBatchBuilder(heldOut, options);
  return epochTexts(heldOut, options, 0).map((texts, number) => build(texts, number));
}

/** Everything that decides what a run computes. */
function settingsOf(job: PretrainingJob, corpus: SplitCorpus): Record<string, unknown> {
  const {
    baseDirectory: _b,
    outDirectory: _o,
    checkpointDirectory: _c,
    checkpointEverySteps: _e,
    evaluateEverySteps: _v,
    threads: _t,
    files: _f,
    exclude: _x,
    ...settings
  } = job;
  return { ...settings, ...(job.exclude === undefined ? {} : { excluded: corpus.excluded }) };
}

function recipeOf(job: PretrainingJob, corpus: SplitCorpus, steps: number): Record<string, unknown> {
  return { objective: 'pretraining', ...settingsOf(job, corpus), steps };
}

function runFingerprint(job: PretrainingJob, baseVersion: string, corpus: SplitCorpus): string {
  const content = JSON.stringify(['pretraining', baseVersion, settingsOf(job, corpus), corpus.data]);
  return createHash('sha256').update(content).digest('hex');
}

interface Run {
  job: PretrainingJob;
  hooks: PretrainingHooks;
  session: TrainingSession;
  evaluator: PretrainingEvaluator;
  corpus: SplitCorpus;
  options: PretrainingBatchOptions;
  fingerprint: string;
}

async function runSteps(run: Run, firstStep: number) {
  const { job, hooks, session, evaluator, corpus, options } = run;
  const { training } = corpus;
  let epoch = 0;
  let plan = epochTexts(training, options, epoch);
  // Later epochs may have a batch more or less; the run is as long as the first one says.
  const totalSteps = Math.max(1, Math.round(plan.length * job.epochs));
  hooks.onMessage({
    type: 'corpus',
    texts: training.sources.length,
    tokens: training.ids.length,
    heldOut: corpus.heldOut.sources.length,
    leftOut: corpus.leftOut,
    totalSteps,
    firstStep,
  });
  const build = createBatchBuilder(training, options);
  const meter = createProgressMeter(totalSteps, firstStep, (progress) =>
    hooks.onMessage({ type: 'progress', progress }),
  );
  let metrics: PretrainingMetrics | undefined;
  let epochStart = 0;
  for (let step = 0; step < totalSteps; step += 1) {
    if (step - epochStart >= plan.length) {
      epochStart = step;
      epoch += 1;
      plan = epochTexts(training, options, epoch);
    }
    if (step < firstStep) continue;
    if (hooks.signal.aborted) {
      await checkpoint(run, step);
      throw new NunchiError('training-cancelled', `the run was stopped at step ${step} of ${totalSteps}`, {
        hint:
          job.checkpointDirectory === undefined
            ? 'With --checkpoints it could be taken up again.'
            : 'The same command takes it up again.',
      });
    }
    const batch = build(plan[step - epochStart] as number[], step);
    const learningRate = job.learningRate * linearSchedule(step, totalSteps, job.warmup);
    const { loss } = await session.step(batch, learningRate);
    const done = step + 1;
    meter.record(done, epoch + 1, loss, learningRate, batch.batch);
    const last = done === totalSteps;
    if (last || done % job.evaluateEverySteps === 0) {
      metrics = await evaluator.evaluate((await session.state()).weights);
      hooks.onMessage({ type: 'evaluation', step: done, metrics });
    }
    if (!last && done % job.checkpointEverySteps === 0) await checkpoint(run, done);
  }
  const loss = meter.finish();
  // No checkpoint is written after the last step, so that step, and its evaluation, were of this process.
  return { steps: totalSteps, loss, metrics: metrics as PretrainingMetrics };
}

async function checkpoint({ job, hooks, session, fingerprint }: Run, step: number): Promise<void> {
  if (job.checkpointDirectory === undefined) return;
  await writeCheckpoint(job.checkpointDirectory, fingerprint, {
    state: await session.state(),
    evaluations: [],
    best: null,
  });
  hooks.onMessage({ type: 'checkpoint', step });
}
