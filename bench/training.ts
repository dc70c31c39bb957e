// Training steps of ours against PyTorch's: what train-small and train-base have in common.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { BertConfig } from '../src/bert/config.js';
import { createRandom } from '../src/bert/random.js';
import { writeSafetensors } from '../src/bert/safetensors.js';
import { createUntrainedWeights } from '../src/bert/untrained.js';
import { LABELS } from '../src/labels.js';
import { ADAMW_DEFAULTS } from '../src/train/adamw.js';
import type { TrainingBatch, TrainingSession } from '../src/train/engine.js';
import { createOnnxRuntimeEngine } from '../src/train/engines/onnxruntime.js';
import { classification } from '../src/train/objective.js';
import { compare, summarize, toRow, type Row } from './harness.js';
import { startTorchPeer, type TorchPeer } from './torch-peer.js';

export interface TrainingSize {
  name: string;
  config: BertConfig;
  batch: number;
  length: number;
  /** Steps of one measurement. */
  steps: number;
  /** Steps in which the two loss curves are compared. */
  curveSteps: number;
  goal: number;
}

const LEARNING_RATE = 1e-4;
/** Furthest apart that the two losses may be at any step, dropout off, same weights and batches. */
const CURVE_TOLERANCE = 1e-3;
export const THREADS = 2;

export const OPTIMIZER = { ...ADAMW_DEFAULTS, weightDecay: 0.01 };

export const configOf = (
  sizes: Pick<BertConfig, 'layers' | 'hiddenSize' | 'heads' | 'intermediateSize' | 'vocabularySize'>,
  dropout = 0.1,
): BertConfig => ({
  ...sizes,
  hiddenDropout: dropout,
  attentionDropout: dropout,
  classifierDropout: dropout,
  maxPositions: 128,
  segmentTypes: 2,
  initializerRange: 0.02,
  layerNormEpsilon: 1e-12,
  padTokenId: 0,
  labels: [...LABELS],
});

/** Full rows, no padding: every token is work on both sides. */
export function randomBatches(size: TrainingSize, seed: number): () => TrainingBatch {
  const random = createRandom(seed);
  const { batch, length, config } = size;
  return () => {
    const tokens = batch * length;
    const targets = new Float32Array(batch * LABELS.length);
    for (let row = 0; row < batch; row += 1)
      targets[row * LABELS.length + Math.floor(random.next() * LABELS.length)] = 1;
    return {
      batch,
      length,
      tokens: {
        input_ids: Int32Array.from(
          { length: tokens },
          () => 5 + Math.floor(random.next() * (config.vocabularySize - 5)),
        ),
        attention_mask: new Int32Array(tokens).fill(1),
        token_type_ids: new Int32Array(tokens),
      },
      inputs: { targets, example_weights: new Float32Array(batch).fill(1 / batch) },
    };
  };
}

async function openOurs(config: BertConfig): Promise<TrainingSession> {
  return createOnnxRuntimeEngine('cpu').open({
    config,
    objective: classification,
    optimizer: OPTIMIZER,
    state: { weights: createUntrainedWeights(config, 1), m: new Map(), v: new Map(), step: 0 },
    seed: 1,
    threads: THREADS,
  });
}

/** The furthest distance of the two loss curves, dropout off, from the same weights and batches. */
async function curveDistance(size: TrainingSize): Promise<number> {
  const config = { ...size.config, hiddenDropout: 0, attentionDropout: 0, classifierDropout: 0 };
  const folder = await mkdtemp(path.join(os.tmpdir(), 'nunchi-bench-'));
  let peer: TorchPeer | undefined;
  let ours: TrainingSession | undefined;
  try {
    const next = randomBatches(size, 3);
    const batches = Array.from({ length: size.curveSteps }, next);
    const weightsFile = path.join(folder, 'weights.safetensors');
    const batchesFile = path.join(folder, 'batches.json');
    await writeFile(weightsFile, writeSafetensors(createUntrainedWeights(config, 1), 'float32'));
    const plain = batches.map(({ batch, length, tokens, inputs }) => ({
      batch,
      length,
      ...Object.fromEntries(Object.entries({ ...tokens, ...inputs }).map(([key, data]) => [key, [...data]])),
      learning_rate: LEARNING_RATE,
    }));
    await writeFile(batchesFile, JSON.stringify(plain));
    ours = await openOurs(config);
    peer = await startTorchPeer(config, size.batch, size.length, [
      '--weights',
      weightsFile,
      '--batches',
      batchesFile,
    ]);
    const { losses } = await peer.steps(size.curveSteps);
    let furthest = 0;
    for (const [i, batch] of batches.entries()) {
      const { loss } = await ours.step(batch, LEARNING_RATE);
      furthest = Math.max(furthest, Math.abs(loss - (losses[i] ?? Number.NaN)));
    }
    return furthest;
  } finally {
    await ours?.dispose();
    await peer?.stop();
    await rm(folder, { recursive: true });
  }
}

/** @throws Error where the two sides do not compute the same */
export async function benchTraining(size: TrainingSize): Promise<Row[]> {
  const peer = await startTorchPeer(size.config, size.batch, size.length);
  const ours = await openOurs(size.config);
  const next = randomBatches(size, 2);
  let peerPeak = 0;
  const rate = await compare({
    row: `${size.name}: training steps per second`,
    unit: 'steps/s',
    better: 'higher',
    goal: size.goal,
    ours: {
      name: 'Nunchi, ONNX Runtime on the processor',
      async measure() {
        const batches = Array.from({ length: size.steps }, next);
        const start = performance.now();
        for (const batch of batches) await ours.step(batch, LEARNING_RATE);
        return (size.steps * 1000) / (performance.now() - start);
      },
    },
    peer: {
      name: 'PyTorch, eager, OpenBLAS, fused QKV, foreach AdamW',
      async measure() {
        const { seconds_per_step: seconds, peak_bytes: peak } = await peer.steps(size.steps);
        peerPeak = peak;
        return 1 / seconds;
      },
    },
  });
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const ownPeak = process.resourceUsage().maxRSS * 1024;
  await ours.dispose();
  await peer.stop();
  const distance = await curveDistance(size);
  if (!(distance < CURVE_TOLERANCE))
    throw new Error(`the loss curves differ by ${distance}: not the same work`);
  rate.note =
    `Loss curves of ${size.curveSteps} steps, dropout off: at most ${distance.toExponential(1)} apart. ` +
    'Ours computes the last layer for the first tokens alone, which is all that the loss reads.';
  const memory = toRow(
    { row: `${size.name}: peak memory`, unit: 'MB', better: 'lower', goal: 1 },
    summarize('Nunchi, whole process', [megabytes(ownPeak)]),
    summarize('PyTorch, whole process', [megabytes(peerPeak)]),
  );
  return [rate, memory];
}
