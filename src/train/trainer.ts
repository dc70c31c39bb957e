// A fine-tuning run from base directory to new model directory, reporting as it goes.
import { stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { tensorShapes, type BertConfig } from '../bert/config.js';
import { openModelDirectory, writeModelDirectory, type ModelDirectory } from '../bert/model-directory.js';
import type { Weights } from '../bert/weights.js';
import { NunchiError } from '../errors.js';
import { LABELS } from '../labels.js';
import { exportClassifier } from '../onnx/classifier-graph.js';
import { ADAMW_DEFAULTS } from './adamw.js';
import { encodeExamples, epochBatches, toBatch, type BatchConfig, type EncodedExamples } from './batches.js';
import { readCheckpoint, removeCheckpoint, runFingerprint, writeCheckpoint } from './checkpoint.js';
import type { TrainingSession } from './engine.js';
import { candidatesOf, chooseEngine, openChosen } from './engines/choose.js';
import { withHead } from './head.js';
import type { FinetuneJob, TrainerMessage, TrainingResult } from './job.js';
import { modelCard } from './model-card.js';
import { classification } from './objective.js';
import { createProgressMeter } from './progress-meter.js';
import { linearSchedule } from './schedule.js';

/**
 * Float32 copies of the weights that a run holds at most: as loaded; in use with two moments and gradients; and the
 * weights and moments that a checkpoint copies.
 */
const STATE_COPIES = 8;
/** Activations and the runtime itself, measured with the default model; bytes. */
const WORKING_BYTES = 300e6;

export interface TrainerHooks {
  onMessage(message: TrainerMessage): void;
  signal: AbortSignal;
}

/**
 * Fine-tunes and writes the model directory. Resumes from the job's own checkpoint where there is one.
 * @throws NunchiError `training-cancelled`, `training-failed`, `not-enough-data`, `not-enough-memory`, `disk-full`, and what opening the base throws
 */
export async function runFinetune(job: FinetuneJob, hooks: TrainerHooks): Promise<TrainingResult> {
  const started = performance.now();
  if (job.examples.length === 0) {
    throw new NunchiError('not-enough-data', 'there is nothing to train on', {
      hint: 'Give at least one labelled text.',
    });
  }
  // Before hours of work, not after them.
  if (await exists(job.outDirectory)) {
    throw new NunchiError('usage', `${job.outDirectory} exists already`, {
      hint: 'Name a folder that does not exist.',
    });
  }
  const base = await openModelDirectory(job.baseDirectory);
  const config: BertConfig = { ...base.config, labels: [...LABELS] };
  await checkResources(config, job);
  const weights = withHead(
    await base.loadWeights({ allowMissingHead: true }),
    base.config.labels,
    config,
    job.seed,
  );
  const choice = await chooseEngine(candidatesOf(job.engine), job.threads);

  const maxLength = Math.min(job.maxLength, config.maxPositions);
  const examples = encodeExamples(job.examples, base.tokenizer, maxLength);
  const fingerprint = runFingerprint(job, base.version);
  const resumed =
    job.checkpointDirectory === undefined ? null : await readCheckpoint(job.checkpointDirectory, fingerprint);
  const { engine, session, passedOver } = await openChosen(choice, {
    config,
    objective: classification,
    optimizer: { ...ADAMW_DEFAULTS, weightDecay: job.weightDecay, clipNorm: job.clipNorm },
    state: resumed ?? { weights, m: new Map(), v: new Map(), step: 0 },
    seed: job.seed,
    threads: job.threads,
  });
  hooks.onMessage({ type: 'engine', name: engine.name, passedOver });
  try {
    const batchConfig: BatchConfig = {
      labelCount: config.labels.length,
      padTokenId: config.padTokenId,
      maskTokenId: base.tokenizer.maskId,
      labelSmoothing: job.labelSmoothing,
      tokenDropout: job.tokenDropout,
      seed: job.seed,
    };
    const finalLoss = await runSteps(
      job,
      hooks,
      session,
      batchConfig,
      examples,
      resumed?.step ?? 0,
      fingerprint,
    );
    const trained = (await session.state()).weights;
    const steps = job.epochs * Math.ceil(job.examples.length / job.batchSize);
    const manifest = await writeResult(job, base, config, trained, engine.name, finalLoss, steps);
    if (job.checkpointDirectory !== undefined) await removeCheckpoint(job.checkpointDirectory);
    const seconds = (performance.now() - started) / 1000;
    return {
      directory: job.outDirectory,
      version: manifest.version,
      steps,
      finalLoss,
      engine: engine.name,
      seconds,
    };
  } finally {
    await session.dispose();
  }
}

async function runSteps(
  job: FinetuneJob,
  hooks: TrainerHooks,
  session: TrainingSession,
  batchConfig: BatchConfig,
  examples: EncodedExamples,
  firstStep: number,
  fingerprint: string,
): Promise<number> {
  const stepsPerEpoch = Math.ceil(job.examples.length / job.batchSize);
  const totalSteps = stepsPerEpoch * job.epochs;
  const meter = createProgressMeter(totalSteps, firstStep, (progress) =>
    hooks.onMessage({ type: 'progress', progress }),
  );
  let step = firstStep;
  while (step < totalSteps) {
    const epoch = Math.floor(step / stepsPerEpoch);
    const batches = epochBatches(examples, job.batchSize, job.seed, epoch);
    for (const rows of batches.slice(step - epoch * stepsPerEpoch)) {
      if (hooks.signal.aborted)
        throw new NunchiError('training-cancelled', `the run was cancelled at step ${step} of ${totalSteps}`);
      const learningRate = job.learningRate * linearSchedule(step, totalSteps, job.warmup);
      const batch = toBatch(examples, rows, batchConfig, step);
      const { loss } = await session.step(batch, learningRate);
      step += 1;
      meter.record(step, epoch + 1, loss, learningRate, rows.length);
      if (
        job.checkpointDirectory !== undefined &&
        step % job.checkpointEverySteps === 0 &&
        step < totalSteps
      ) {
        await writeCheckpoint(job.checkpointDirectory, fingerprint, await session.state());
        hooks.onMessage({ type: 'checkpoint', step });
      }
    }
  }
  return meter.finish();
}

/** @throws NunchiError `not-enough-memory`, `disk-full` before anything has begun */
async function checkResources(config: BertConfig, job: FinetuneJob): Promise<void> {
  const parameters = [...tensorShapes(config).values()].reduce(
    (sum, shape) => sum + shape.reduce((p, d) => p * d, 1),
    0,
  );
  const memoryNeeded = parameters * 4 * STATE_COPIES + WORKING_BYTES;
  const memoryFree = process.availableMemory();
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  if (memoryFree < memoryNeeded) {
    throw new NunchiError(
      'not-enough-memory',
      `training needs ${megabytes(memoryNeeded)} of memory, ${megabytes(memoryFree)} are free`,
      {
        hint: 'Stop other programs or give the machine or container more memory.',
      },
    );
  }
  const diskNeeded = parameters * 4 * (job.checkpointDirectory === undefined ? 3 : 9);
  const disk = await statfs(await existingParent(job.outDirectory));
  const diskFree = disk.bavail * disk.bsize;
  if (diskFree < diskNeeded) {
    throw new NunchiError(
      'disk-full',
      `training needs ${megabytes(diskNeeded)} of disk space, ${megabytes(diskFree)} are free`,
      {
        hint: `Free some space where ${path.dirname(job.outDirectory)} lies.`,
      },
    );
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function existingParent(file: string): Promise<string> {
  let parent = path.dirname(path.resolve(file));
  while (!(await exists(parent))) parent = path.dirname(parent);
  return parent;
}

function writeResult(
  job: FinetuneJob,
  base: ModelDirectory,
  config: BertConfig,
  weights: Weights,
  engine: string,
  finalLoss: number,
  steps: number,
) {
  const {
    baseDirectory: _b,
    outDirectory: _o,
    examples,
    data,
    checkpointDirectory: _c,
    checkpointEverySteps: _e,
    threads: _t,
    ...settings
  } = job;
  const recipe = { ...settings, examples: examples.length, steps };
  return writeModelDirectory(job.outDirectory, {
    config,
    weights,
    tokenizerFrom: job.baseDirectory,
    manifest: {
      parent: base.version,
      recipe,
      seed: job.seed,
      engine,
      data,
      metrics: { trainingLoss: finalLoss },
    },
    card: modelCard({ base: base.version, recipe, data, engine, finalLoss }),
    ...(job.precision === 'float32' ? { onnx: exportClassifier(config, weights) } : {}),
    precision: job.precision,
  });
}
