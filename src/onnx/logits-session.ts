// A classification model opened for inference in ONNX Runtime.
import { NunchiError } from '../errors.js';
import type { ModelDirectory } from '../bert/model-directory.js';
import { loadRuntime, type Ort } from './runtime.js';

export interface LogitsSession {
  readonly engine: string;
  /**
   * @param rows token ids per text, each `[CLS] … [SEP]`, padded here to the longest.
   * @returns row-major `[rows, labels]`.
   */
  run(rows: readonly (readonly number[])[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

export interface LogitsSessionOptions {
  threads: number;
  /** Let worker threads spin while waiting: faster answers, a busy core in between. */
  spin?: boolean;
}

/**
 * Opens `onnx/model.onnx` of the directory, or traces the graph from its weights where there is none.
 * @throws NunchiError `engine-unavailable`, `model-shape-mismatch`
 */
export async function openLogitsSession(
  model: ModelDirectory,
  options: LogitsSessionOptions,
): Promise<LogitsSession> {
  const source = model.onnxFile ?? (await traceFromWeights(model));
  return openLogitsGraph(source, model.config.padTokenId, options);
}

async function traceFromWeights(model: ModelDirectory): Promise<Uint8Array> {
  // Loaded here only, so that a serving process that has an ONNX file never loads TensorFlow.js.
  const { exportClassifier } = await import('./classifier-graph.js');
  return exportClassifier(model.config, await model.loadWeights());
}

/** @param source a file's path or a serialized model with the inputs and output of `exportClassifier`. */
export async function openLogitsGraph(
  source: string | Uint8Array,
  padTokenId: number,
  options: LogitsSessionOptions,
): Promise<LogitsSession> {
  const runtime = await loadRuntime();
  const sessionOptions: Ort.InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: options.spin === true ? '1' : '0' } } },
  };
  const session = await openSession(runtime, source, sessionOptions);
  return {
    engine: 'onnxruntime-cpu',
    async run(rows) {
      const length = Math.max(...rows.map((row) => row.length));
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
      const outputs = await session.run({
        input_ids: new runtime.Tensor('int64', ids, dims),
        attention_mask: new runtime.Tensor('int64', mask, dims),
        token_type_ids: new runtime.Tensor('int64', new BigInt64Array(size), dims),
      });
      return outputs['logits']?.data as Float32Array;
    },
    dispose: () => session.release(),
  };
}

async function openSession(
  runtime: typeof Ort,
  source: string | Uint8Array,
  options: Ort.InferenceSession.SessionOptions,
): Promise<Ort.InferenceSession> {
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
