// A fine-tuning run from base directory to new model directory, reporting as it goes.
import type { BertConfig } from '../bert/config.js';
import { averageWeights } from '../bert/average-weights.js';
import { openModelDirectory, writeModelDirectory, type ModelDirectory } from '../bert/model-directory.js';
import type { Weights } from '../bert/weights.js';
import { NunchiError } from '../errors.js';
import { LABELS } from '../labels.js';
import { exportClassifier } from '../onnx/classifier-graph.js';
import { ADAMW_DEFAULTS } from './adamw.js';
import type { Anchor } from './anchor.js';
import { distilKnown, learnedShare, type ReadingModel } from './text-readings.js';
import { encodeExamples, epochBatches, toBatch, type BatchConfig, type EncodedExamples } from './batches.js';
import {
  readCheckpoint,
  removeCheckpoint,
  runFingerprint,
  writeCheckpoint,
  type Checkpoint,
} from './checkpoint.js';
import { bestEvaluation, createDevEvaluator, isOutOfPatience, type EvaluateDev } from './dev-evaluation.js';
import type { TrainingSession, TrainingSetup } from './engine.js';
import { candidatesOf, chooseEngine, openChosen, type Choice } from './engines/choose.js';
import { estimateFisher } from './fisher.js';
import { withHead } from './head.js';
import type { DevEvaluation, FinetuneJob, TrainerMessage, TrainingResult } from './job.js';
import { layerFactor } from './layer-decay.js';
import { modelCard } from './model-card.js';
import { classification } from './objective.js';
import { createProgressMeter } from './progress-meter.js';
import { checkMemory, checkResources, exists } from './resources.js';
import { linearSchedule } from './schedule.js';

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
  const baseModel: ReadingModel = { config, weights, tokenizer: base.tokenizer, threads: job.threads };

  const maxLength = Math.min(job.maxLength, config.maxPositions);
  const { distillation = 0, baseShare = 0 } = job;
  const examples = encodeExamples(
    distillation === 0 ? job.examples : await distilKnown(baseModel, job.examples, distillation),
    base.tokenizer,
    maxLength,
  );
  const fingerprint = runFingerprint(job, base.version);
  const resumed =
    job.checkpointDirectory === undefined ? null : await readCheckpoint(job.checkpointDirectory, fingerprint);
  const anchor = await createAnchor(job, baseModel, choice);
  const { engine, session, passedOver } = await openChosen(choice, {
    config,
    objective: classification,
    optimizer: {
      ...ADAMW_DEFAULTS,
      weightDecay: job.weightDecay,
      clipNorm: job.clipNorm,
      rateFactor: (name) =>
        job.trained === 'classifier' && !name.startsWith('classifier.')
          ? 0
          : layerFactor(name, config.layers, job.layerDecay),
    },
    ...(anchor === undefined ? {} : { anchor }),
    state: resumed?.state ?? { weights, m: new Map(), v: new Map(), step: 0 },
    seed: job.seed,
    threads: job.threads,
  });
  hooks.onMessage({ type: 'engine', name: engine.name, passedOver });
  try {
    const batchConfig: BatchConfig = {
      classWeights: config.labels.map((label) => job.classWeights[label]),
      padTokenId: config.padTokenId,
      maskTokenId: base.tokenizer.maskId,
      labelSmoothing: job.labelSmoothing,
      tokenDropout: job.tokenDropout,
      seed: job.seed,
    };
    const evaluate =
      job.dev.length === 0 ? null : createDevEvaluator(job, config, base.tokenizer, hooks.signal);
    const run: Run = { job, hooks, session, batchConfig, examples, fingerprint, evaluate, model: baseModel };
    const { weights: trained, ...outcome } = await runSteps(run, resumed);
    const kept = baseShare === 0 ? trained : averageWeights([weights, trained], [baseShare, 1 - baseShare]);
    const manifest = await writeResult(job, base, config, kept, engine.name, outcome);
    if (job.checkpointDirectory !== undefined) await removeCheckpoint(job.checkpointDirectory);
    return {
      directory: job.outDirectory,
      version: manifest.version,
      ...outcome,
      engine: engine.name,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await session.dispose();
  }
}

/** EWC needs a pass over known examples first. */
async function createAnchor(
  job: FinetuneJob,
  base: ReadingModel,
  choice: Choice,
): Promise<Anchor | undefined> {
  if (job.anchor === undefined) return undefined;
  const { method, strength } = job.anchor;
  if (method === 'l2-sp') return { weights: base.weights, strength };
  const known = job.examples.filter((example) => example.known === true).map(({ text }) => text);
  if (known.length === 0) {
    throw new NunchiError('not-enough-data', 'EWC has no known examples to measure on', {
      hint: 'Train with replay, or take L2-SP, which needs none.',
    });
  }
  const open = async (setup: TrainingSetup) => (await openChosen(choice, setup)).session;
  return { weights: base.weights, strength, importance: await estimateFisher(base, known, job.seed, open) };
}

interface Run {
  job: FinetuneJob;
  hooks: TrainerHooks;
  session: TrainingSession;
  batchConfig: BatchConfig;
  examples: EncodedExamples;
  fingerprint: string;
  /** null for a job without dev sets. */
  evaluate: EvaluateDev | null;
  /** The base's, with the weights that the run began with. */
  model: ReadingModel;
}

type Outcome = Pick<TrainingResult, 'steps' | 'finalLoss' | 'best'>;

/** @returns the weights to keep: the best on the dev sets, the last ones where there are none. */
async function runSteps(run: Run, resumed: Checkpoint | null): Promise<Outcome & { weights: Weights }> {
  const { job, hooks, session, examples, fingerprint } = run;
  const stepsPerEpoch = Math.ceil(job.examples.length / job.batchSize);
  const totalSteps = stepsPerEpoch * job.epochs;
  let step = resumed?.state.step ?? 0;
  const evaluations = [...(resumed?.evaluations ?? [])];
  let best = resumed?.best ?? null;
  const meter = createProgressMeter(totalSteps, step, (progress) =>
    hooks.onMessage({ type: 'progress', progress }),
  );

  const evaluateIfDue = async () => {
    const { evaluateEverySteps: every = Infinity } = job;
    if (run.evaluate === null || (step % stepsPerEpoch !== 0 && step % every !== 0)) return;
    const { weights } = await session.state();
    const evaluation = await run.evaluate(weights, step);
    evaluations.push(evaluation);
    const improved = bestEvaluation(evaluations) === evaluation;
    if (improved) best = weights;
    hooks.onMessage({ type: 'evaluation', evaluation, improved });
  };

  const isLearned = async () => {
    if (job.stopWhenLearned === undefined || step % stepsPerEpoch !== 0 || step === totalSteps) return false;
    const { share, confidence } = job.stopWhenLearned;
    const { weights } = await session.state();
    return (await learnedShare({ ...run.model, weights }, job.examples, confidence)) >= share;
  };

  for (const { epoch, rows } of batchesFrom(step, examples, job)) {
    if (hooks.signal.aborted) {
      throw new NunchiError('training-cancelled', `the run was cancelled at step ${step} of ${totalSteps}`);
    }
    checkMemory(job);
    const learningRate = job.learningRate * linearSchedule(step, totalSteps, job.warmup);
    const { loss } = await session.step(toBatch(examples, rows, run.batchConfig, step), learningRate);
    step += 1;
    meter.record(step, epoch + 1, loss, learningRate, rows.length);
    await evaluateIfDue();
    if (isOutOfPatience(evaluations, job.patience) || (await isLearned())) break;
    if (job.checkpointDirectory !== undefined && step % job.checkpointEverySteps === 0 && step < totalSteps) {
      const state = await session.state();
      await writeCheckpoint(job.checkpointDirectory, fingerprint, { state, evaluations, best });
      hooks.onMessage({ type: 'checkpoint', step });
    }
  }
  const chosen = bestEvaluation(evaluations);
  return {
    weights: best ?? (await session.state()).weights,
    steps: step,
    finalLoss: meter.finish(),
    ...(chosen === undefined ? {} : { best: chosen }),
  };
}

/** The batches of a run from a step on, each with its epoch (from 0). */
function* batchesFrom(
  step: number,
  examples: EncodedExamples,
  { batchSize, epochs, seed }: FinetuneJob,
): Generator<{ epoch: number; rows: number[] }> {
  const stepsPerEpoch = Math.ceil(examples.weights.length / batchSize);
  let done = step % stepsPerEpoch;
  for (let epoch = Math.floor(step / stepsPerEpoch); epoch < epochs; epoch += 1) {
    for (const rows of epochBatches(examples, batchSize, seed, epoch).slice(done)) yield { epoch, rows };
    done = 0;
  }
}

function writeResult(
  job: FinetuneJob,
  base: ModelDirectory,
  config: BertConfig,
  weights: Weights,
  engine: string,
  { steps, finalLoss, best }: Outcome,
) {
  const {
    baseDirectory: _b,
    outDirectory: _o,
    examples,
    data,
    dev,
    checkpointDirectory: _c,
    checkpointEverySteps: _e,
    threads: _t,
    ...settings
  } = job;
  const recipe = {
    ...settings,
    examples: examples.length,
    steps,
    ...(best === undefined
      ? {}
      : { dev: Object.fromEntries(dev.map(({ name, sha256 }) => [name, sha256])), bestStep: best.step }),
  };
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
      metrics: { trainingLoss: finalLoss, ...devMetrics(best), ...inheritedTemperature(base) },
    },
    card: modelCard({
      base: base.version,
      recipe,
      data,
      engine,
      finalLoss,
      best,
      permissions: job.permissions,
    }),
    ...(job.precision === 'float32' ? { onnx: exportClassifier(config, weights) } : {}),
    precision: job.precision,
  });
}

/** `dev/NAME/accuracy` and `dev/NAME/macroF1` of each set. */
function devMetrics(best: DevEvaluation | undefined): Record<string, number> {
  return Object.fromEntries(
    Object.entries(best?.sets ?? {}).flatMap(([name, figures]) =>
      Object.entries(figures).map(([figure, value]) => [`dev/${name}/${figure}`, value]),
    ),
  );
}

/**
 * A model that goes on from a calibrated head stays about as sure of itself as its base was; without this a model trained on
 * some corrections would be read as another one, surer or less sure in every answer.
 */
function inheritedTemperature({ config, manifest }: ModelDirectory): { temperature?: number } {
  const { temperature } = manifest.metrics;
  return config.labels.length === 0 || temperature === undefined ? {} : { temperature };
}
