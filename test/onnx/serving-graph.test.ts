// The graph that serves against the exported one, which forward-parity.test.ts holds to TensorFlow.js.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BertConfig } from '../../src/bert/config.js';
import type { ModelDirectory } from '../../src/bert/model-directory.js';
import { exportClassifier } from '../../src/onnx/classifier-graph.js';
import { openLogitsGraph, openLogitsSession, type LogitsSession } from '../../src/onnx/logits-session.js';
import { quantizeClassifier } from '../../src/onnx/quantize.js';
import { randomWeights, TINY_CONFIG } from '../fixtures/random-model.js';
import { LOGIT_TOLERANCE } from '../fixtures/tolerances.js';

/** Logits of two int8 graphs: rounding before a quantisation moves some activations by a whole level. Absolute. */
const INT8_GRAPH_TOLERANCE = 0.1;

const ROWS = [
  [2, 3],
  [2, 7, 9, 3],
  [2, 8, 9, 3],
  [2, 7, 9, 3],
  Array.from({ length: 60 }, (_, i) => 1 + (i % 30)),
];
const CONFIGS: BertConfig[] = [
  TINY_CONFIG,
  { ...TINY_CONFIG, layers: 1, heads: 2, segmentTypes: 1 },
  { ...TINY_CONFIG, layers: 3, hiddenSize: 48, intermediateSize: 80, labels: ['negative', 'positive'] },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-graph-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** As much of a model directory as a session opens. */
function modelOf(config: BertConfig, parts: Partial<ModelDirectory> = {}): ModelDirectory {
  const weights = randomWeights(config, 1, 0.1);
  const model = { config, manifest: {}, onnxFile: undefined, loadWeights: () => Promise.resolve(weights) };
  return { ...model, ...parts } as unknown as ModelDirectory;
}

async function logitsOf(
  opening: Promise<LogitsSession>,
  rows: readonly number[][] = ROWS,
): Promise<Float32Array> {
  const session = await opening;
  try {
    return await session.run(rows);
  } finally {
    await session.dispose();
  }
}

function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(Math.abs(value - (expected[i] as number))).toBeLessThan(tolerance));
}

describe.each(CONFIGS)('the serving graph of $layers layers, $labels.length labels', (config) => {
  const exported = exportClassifier(config, randomWeights(config, 1, 0.1));

  it('gives the numbers of the exported float graph', async () => {
    const served = await logitsOf(openLogitsSession(modelOf(config), { threads: 1 }));
    expectClose(served, await logitsOf(openLogitsGraph(exported, 0, { threads: 1 })), LOGIT_TOLERANCE);
  });

  it('gives the numbers of the exported int8 graph, whatever is read beside a text', async () => {
    const options = { threads: 1, precision: 'int8' } as const;
    const served = await logitsOf(openLogitsSession(modelOf(config), options));
    const int8 = quantizeClassifier(exported);
    for (const [index, row] of ROWS.entries()) {
      const own = served.subarray(index * config.labels.length, (index + 1) * config.labels.length);
      expectClose(own, await logitsOf(openLogitsGraph(int8, 0, options), [row]), INT8_GRAPH_TOLERANCE);
      expect(await logitsOf(openLogitsSession(modelOf(config), options), [row])).toEqual(own);
    }
  });
});

describe('the precision', () => {
  const record = (used: boolean) => ({ manifest: { quantization: { used, evaluations: [] } } });

  it('is float unless the manifest says that int8 is as good', async () => {
    const engines = await Promise.all(
      [{}, record(false), record(true)].map(async (parts) => {
        const model = modelOf(TINY_CONFIG, parts);
        const session = await openLogitsSession(model, { threads: 1 });
        await session.dispose();
        return session.engine;
      }),
    );
    expect(engines).toEqual(['onnxruntime-cpu', 'onnxruntime-cpu', 'onnxruntime-cpu-int8']);
  });
});

describe('an ONNX file of the directory', () => {
  const exported = exportClassifier(TINY_CONFIG, randomWeights(TINY_CONFIG, 2, 0.1));

  async function withFile(name: string, content: Uint8Array): Promise<ModelDirectory> {
    const onnxFile = path.join(folder, name);
    await writeFile(onnxFile, content);
    return modelOf(TINY_CONFIG, { onnxFile });
  }

  it('is what serves, not the other weights', async () => {
    const model = await withFile('own.onnx', exported);
    const expected = await logitsOf(openLogitsGraph(exported, 0, { threads: 1 }));
    expectClose(await logitsOf(openLogitsSession(model, { threads: 1 })), expected, LOGIT_TOLERANCE);
  });

  it('runs as it is where another program made it', async () => {
    const content = Buffer.from(exported);
    content.write('foreig', content.indexOf('nunchi'), 'latin1');
    const model = await withFile('foreign.onnx', content);
    const expected = await logitsOf(openLogitsGraph(exported, 0, { threads: 1 }));
    expect(await logitsOf(openLogitsSession(model, { threads: 1 }))).toEqual(expected);
  });

  it('is refused with a reason where it is damaged', async () => {
    const model = await withFile('damaged.onnx', exported.subarray(0, 1000));
    await expect(openLogitsSession(model, { threads: 1 })).rejects.toMatchObject({ code: 'serving-failed' });
  });
});
