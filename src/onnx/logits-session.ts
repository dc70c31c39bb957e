// A classification model opened for inference in ONNX Runtime: Nunchi's own as a serving graph, any other as its file is.
import { NunchiError } from '../errors.js';
import type { BertConfig } from '../bert/config.js';
import type { ModelDirectory } from '../bert/model-directory.js';
import type { Weights } from '../bert/weights.js';
import { readGraphWeights } from './graph-weights.js';
import { loadRuntime, type Ort } from './runtime.js';
import { buildServingGraph, type ServingPrecision } from './serving-graph.js';
import { toBatches, type BatchLimits } from './token-batches.js';

export interface LogitsSession {
  readonly engine: string;
  /**
   * @param rows token ids per text, each `[CLS] … [SEP]`, of any lengths; batched here.
   * @returns row-major `[rows, labels]`.
   */
  run(rows: readonly (readonly number[])[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

export interface LogitsSessionOptions {
  threads: number;
  /**
   * Let worker threads spin between the many small products of a message: waking them costs more than the products (0.9 ms
   * against 0.45 ms with the shipped model on two cores).
   * @default true
   */
  spin?: boolean;
  /** @default int8 where the model's manifest says that it is as good, float32 otherwise */
  precision?: ServingPrecision;
}

/** Tokens in one run: a run on a slow machine stays well under a second. */
const TOKENS_PER_RUN = 2_048;

/** float32: texts of one length run together without padding, which changes none of their numbers but the last bits. */
const FLOAT_BATCHES: BatchLimits = { tokens: TOKENS_PER_RUN, equalLength: true };
/**
 * int8: each text alone. Activations are quantised with one scale for a whole batch, so that beside others a text would
 * get other scores; and without padding a batch saves little.
 */
const INT8_BATCHES: BatchLimits = { tokens: TOKENS_PER_RUN, rows: 1, equalLength: true };
const PADDED_BATCHES: BatchLimits = { tokens: TOKENS_PER_RUN, equalLength: false };

/**
 * Opens the model that `onnx/model.onnx` of the directory holds, or its weights where there is no such file.
 * @throws NunchiError `engine-unavailable`, `model-shape-mismatch`, `serving-failed`
 */
export async function openLogitsSession(
  model: ModelDirectory,
  options: LogitsSessionOptions,
): Promise<LogitsSession> {
  const { config, manifest, onnxFile } = model;
  const weights =
    onnxFile === undefined ? await model.loadWeights() : await readGraphWeights(onnxFile, config);
  if (weights === null) return openLogitsGraph(onnxFile as string, config.padTokenId, options);
  const precision = options.precision ?? (manifest.quantization?.used === true ? 'int8' : 'float32');
  return openLogitsWeights(config, weights, { ...options, precision });
}

/**
 * Opens weights that are in memory.
 * @throws NunchiError `engine-unavailable`, `serving-failed`
 */
export async function openLogitsWeights(
  config: BertConfig,
  weights: Weights,
  options: LogitsSessionOptions & { precision: ServingPrecision },
): Promise<LogitsSession> {
  const { precision } = options;
  const session = await openSession(buildServingGraph(config, weights, precision), options);
  return createLogitsSession(session, precision === 'int8' ? INT8_BATCHES : FLOAT_BATCHES, {
    engine: precision === 'int8' ? 'onnxruntime-cpu-int8' : 'onnxruntime-cpu',
    feeds: ({ Tensor }, rows, length) => {
      const ids = new Int32Array(rows.length * length);
      rows.forEach((row, r) => ids.set(row, r * length));
      return { input_ids: new Tensor('int32', ids, [rows.length, length]) };
    },
  });
}

/** @param source a file's path or a serialized model with the inputs and output of `exportClassifier`. */
export async function openLogitsGraph(
  source: string | Uint8Array,
  padTokenId: number,
  options: LogitsSessionOptions,
): Promise<LogitsSession> {
  const session = await openSession(source, options);
  return createLogitsSession(session, PADDED_BATCHES, {
    engine: 'onnxruntime-cpu',
    feeds: ({ Tensor }, rows, length) => {
      const size = rows.length * length;
      const ids = new BigInt64Array(size).fill(BigInt(padTokenId));
      const mask = new BigInt64Array(size);
      rows.forEach((row, r) => {
        row.forEach((id, i) => {
          ids[r * length + i] = BigInt(id);
          mask[r * length + i] = 1n;
        });
      });
      const dims = [rows.length, length];
      return {
        input_ids: new Tensor('int64', ids, dims),
        attention_mask: new Tensor('int64', mask, dims),
        token_type_ids: new Tensor('int64', new BigInt64Array(size), dims),
      };
    },
  });
}

interface GraphInputs {
  engine: string;
  /** @param length of the longest row */
  feeds: (
    runtime: typeof Ort,
    rows: readonly (readonly number[])[],
    length: number,
  ) => Ort.InferenceSession.FeedsType;
}

async function createLogitsSession(
  session: Ort.InferenceSession,
  limits: BatchLimits,
  { engine, feeds }: GraphInputs,
): Promise<LogitsSession> {
  const runtime = await loadRuntime();
  const runBatch = async (rows: readonly (readonly number[])[]): Promise<Float32Array> => {
    const length = Math.max(...rows.map((row) => row.length));
    const outputs = await session.run(feeds(runtime, rows, length));
    return outputs['logits']?.data as Float32Array;
  };
  return {
    engine,
    async run(rows) {
      if (rows.length === 1) return runBatch(rows);
      let logits = new Float32Array();
      for (const batch of toBatches(
        rows.map((row) => row.length),
        limits,
      )) {
        const own = await runBatch(batch.map((index) => rows[index] as readonly number[]));
        const labels = own.length / batch.length;
        if (logits.length === 0) logits = new Float32Array(rows.length * labels);
        batch.forEach((index, r) => logits.set(own.subarray(r * labels, (r + 1) * labels), index * labels));
      }
      return logits;
    },
    dispose: () => session.release(),
  };
}

async function openSession(
  source: string | Uint8Array,
  { threads, spin = true }: LogitsSessionOptions,
): Promise<Ort.InferenceSession> {
  const runtime = await loadRuntime();
  const options: Ort.InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: spin ? '1' : '0' } } },
  };
  try {
    return await (typeof source === 'string'
      ? runtime.InferenceSession.create(source, options)
      : runtime.InferenceSession.create(source, options));
  } catch (cause) {
    throw new NunchiError('serving-failed', 'ONNX Runtime could not open the model', {
      cause,
      hint: 'The model directory may be damaged; "npm run -s nunchi -- doctor" checks it.',
    });
  }
}
