// An exported folder opened by transformers.js from a local path: the same labels and scores as Nunchi's own reading.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { env, AutoModelForSequenceClassification, AutoTokenizer, pipeline } from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exportCheckpoint } from '../../src/bert/checkpoint-export.js';
import {
  openModelDirectory,
  writeModelDirectory,
  type ModelDirectory,
  type QuantizationRecord,
} from '../../src/bert/model-directory.js';
import { classify } from '../../src/bert/model.js';
import type { Weights } from '../../src/bert/weights.js';
import { exportClassifier } from '../../src/onnx/classifier-graph.js';
import { quantizeClassifier } from '../../src/onnx/quantize.js';
import { tf } from '../../src/onnx/tfjs.js';
import { loadClassifier } from '../../src/serve/classifier.js';
import { LOGIT_TOLERANCE } from '../fixtures/tolerances.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
/** Probabilities of the int8 form beside the float one, absolute: twice the worst that was measured here, 0.030. */
const INT8_SCORE_TOLERANCE = 0.06;
/** What it takes to make this random model's labels differ; int8 errors grow with it. */
const HEAD_GAIN = 16;
const TEXTS = [
  '이 영화 정말 재미있어요ㅋㅋㅋㅋ',
  'This movie is great',
  '😀😢👍🏽',
  '',
  '배송이 빨라서 좋았어요! what a day',
  '시간이 아깝다',
];

/** Half the size, and a head that tells the texts apart: a random one gives each of them the same label. */
async function makeTellingModel(directory: string): Promise<string> {
  const plain = await openModelDirectory(await makeTinyModel(`${directory}-plain`));
  const own = await loadClassifier(plain.path, { threads: 1, threshold: 0 });
  const logits = await own.logits(TEXTS);
  await own.dispose();
  const weights = await plain.loadWeights();
  const [kernel, bias] = ['classifier.weight', 'classifier.bias'].map((name) => weights.get(name)?.data);
  kernel?.forEach((value, index) => (kernel[index] = value * HEAD_GAIN));
  bias?.forEach((_, label) => {
    const mean = TEXTS.reduce((sum, _text, row) => sum + (logits[row * 3 + label] ?? NaN) / TEXTS.length, 0);
    bias[label] = -mean * HEAD_GAIN;
  });
  await writeModelDirectory(directory, {
    config: plain.config,
    weights,
    tokenizerFrom: plain.path,
    manifest: { parent: null, recipe: {}, seed: 1, engine: 'none', data: {}, metrics: {} },
    card: '# Tiny\n',
    precision: 'float16',
  });
  return directory;
}

let folder: string;
let model: ModelDirectory;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-export-'));
  model = await openModelDirectory(await makeTellingModel(path.join(folder, 'model')));
  await exportCheckpoint({
    model,
    out: path.join(folder, 'exported'),
    toOnnx: exportClassifier,
    toInt8: quantizeClassifier,
  });
  await tf.setBackend('cpu');
  env.localModelPath = folder;
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The model as it is defined, computed by TensorFlow.js without any graph file. */
function ownLogits(weights: Weights, ids: number[], segments: number[]): Float32Array {
  const row = (values: number[]) => tf.tensor2d([values], [1, values.length], 'int32');
  return tf.tidy(() => {
    const parameters = Object.fromEntries(
      [...weights].map(([name, w]) => [name, tf.tensor(w.data, w.shape)]),
    );
    const inputs = { inputIds: row(ids), attentionMask: row(ids.map(() => 1)), tokenTypeIds: row(segments) };
    return classify(parameters, model.config, inputs).dataSync<'float32'>();
  });
}

describe('an exported folder in transformers.js', () => {
  it.each([
    ['fp32', LOGIT_TOLERANCE],
    ['q8', INT8_SCORE_TOLERANCE],
  ] as const)('%s reads every text as Nunchi does', async (dtype, tolerance) => {
    const read = await pipeline('text-classification', 'exported', { dtype });
    const own = await loadClassifier(model.path, { threads: 1, threshold: 0 });
    const readings = await own.classify(TEXTS);
    expect(new Set(readings.map(({ label }) => label)).size).toBeGreaterThan(1);
    for (const [index, text] of TEXTS.entries()) {
      const answer = (await read(text, { top_k: 3 })) as { label: string; score: number }[];
      const scores = readings[index]?.scores as Record<string, number>;
      for (const { label, score } of answer) {
        expect(Math.abs(score - (scores[label] ?? NaN)), `${label} of text ${index}`).toBeLessThan(tolerance);
      }
      expect(answer).toHaveLength(3);
      expect(answer[0]?.label).toBe(readings[index]?.label);
    }
    await own.dispose();
    await read.dispose();
  });

  it('reads a pair of sentences in two segments', async () => {
    const tokenizer = await AutoTokenizer.from_pretrained('exported');
    const opened = await AutoModelForSequenceClassification.from_pretrained('exported', { dtype: 'fp32' });
    const read = async (text: string, pair?: string) => {
      const inputs = tokenizer(text, pair === undefined ? {} : { text_pair: pair });
      const output = (await opened(inputs)) as { logits: { data: Float32Array } };
      return { inputs: inputs as Record<string, { tolist(): bigint[][] }>, logits: [...output.logits.data] };
    };
    const pairs = [
      ['영화 재미있어요', 'i love it'],
      ['좋았어요 😀', '별로네요 ㅠㅠ'],
      ['what a day', '😢👍'],
    ] as const;
    const weights = await model.loadWeights();
    for (const [text, pair] of pairs) {
      const { inputs, logits } = await read(text, pair);
      const own = (one: string) => model.tokenizer.encode(one, 128).ids;
      const [first, second] = [own(text), own(pair).slice(1)];
      const ids = [...first, ...second];
      const segments = [...first.map(() => 0), ...second.map(() => 1)];
      expect(inputs['input_ids']?.tolist()[0]?.map(Number)).toEqual(ids);
      expect(inputs['token_type_ids']?.tolist()[0]?.map(Number)).toEqual(segments);
      const expected = ownLogits(weights, ids, segments);
      expect(logits).toHaveLength(expected.length);
      logits.forEach((value, label) =>
        expect(Math.abs(value - (expected[label] ?? NaN)), `${label} of ${text}`).toBeLessThan(
          LOGIT_TOLERANCE,
        ),
      );
      // The second segment counts: in one segment the same ids give other numbers.
      const oneSegment = ownLogits(
        weights,
        ids,
        ids.map(() => 0),
      );
      expect(
        Math.max(...logits.map((value, label) => Math.abs(value - (oneSegment[label] ?? NaN)))),
      ).toBeGreaterThan(10 * LOGIT_TOLERANCE);
    }
    await opened.dispose();
  });
});

describe('exportCheckpoint', () => {
  it('keeps the weights byte for byte and names every file in its manifest', async () => {
    const exported = await openModelDirectory(path.join(folder, 'exported'));
    expect(exported.version).toBe(model.version);
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json']) {
      const bytes = (directory: string) => readFileSync(path.join(directory, name));
      expect(bytes(exported.path).equals(bytes(model.path)), name).toBe(true);
    }
    expect(exported.manifest.quantization).toMatchObject({
      used: false,
      reason: expect.stringContaining('not measured') as string,
    });
  });

  it.each([
    { used: true, evaluations: [{ data: 'test', n: 1000, accuracyFloat: 0.9, accuracyInt8: 0.9 }] },
    { used: false, reason: 'int8 loses 10.00 points', evaluations: [] },
  ])('writes the int8 model and the record of it: %j', async (record: QuantizationRecord) => {
    const out = path.join(folder, `gate-${String(record.used)}`);
    const measure = () => Promise.resolve(record);
    const manifest = await exportCheckpoint({
      model,
      out,
      toOnnx: exportClassifier,
      toInt8: quantizeClassifier,
      measure,
    });
    expect(manifest.quantization).toEqual(record);
    expect(existsSync(path.join(out, 'onnx/model_quantized.onnx'))).toBe(record.used);
    // Exported again, with nothing measured: the record goes with the weights.
    const exported = await openModelDirectory(out);
    for (const toInt8 of [quantizeClassifier, undefined]) {
      const again = `${out}-${String(toInt8 !== undefined)}`;
      await exportCheckpoint({
        model: exported,
        out: again,
        toOnnx: exportClassifier,
        ...(toInt8 && { toInt8 }),
      });
      expect((await openModelDirectory(again)).manifest.quantization).toEqual(record);
      const written = record.used && toInt8 !== undefined;
      expect(existsSync(path.join(again, 'onnx/model_quantized.onnx'))).toBe(written);
    }
  });

  it('is never written over something', async () => {
    const again = exportCheckpoint({ model, out: path.join(folder, 'exported'), toOnnx: exportClassifier });
    await expect(again).rejects.toMatchObject({ code: 'usage' });
  });
});
