import { describe, expect, it } from 'vitest';
import { exportClassifier } from '../../src/onnx/classifier-graph.js';
import { openLogitsGraph } from '../../src/onnx/logits-session.js';
import { decodeModel, encodeModel, type TensorProto } from '../../src/onnx/model-proto.js';
import { quantizeClassifier } from '../../src/onnx/quantize.js';
import { loadRuntime } from '../../src/onnx/runtime.js';
import { randomWeights, TINY_CONFIG } from '../fixtures/random-model.js';

/** Logits of the float and the int8 form of a tiny model with wide random weights, absolute. */
const INT8_TOLERANCE = 0.35;

const config = { ...TINY_CONFIG, hiddenSize: 64, intermediateSize: 128, vocabularySize: 401 };
const float = exportClassifier(config, randomWeights(config, 1, 0.1));
const int8 = quantizeClassifier(float);

const vector = (name: string, data: Float32Array, dims: number[]): TensorProto => ({
  name,
  dims,
  dataType: 1,
  rawData: new Uint8Array(data.buffer),
});

/** `x·Wᵀ + b` as dense layers are exported. */
function denseModel(weight: Float32Array, inputs: number, outputs: number): Uint8Array {
  const flag = (name: string, i: number) => ({ name, type: 2, i });
  return encodeModel({
    name: 'dense',
    node: [
      {
        opType: 'Gemm',
        name: 'y',
        input: ['x', 'dense.weight', 'dense.bias'],
        output: ['y'],
        attribute: [flag('transA', 0), flag('transB', 1)],
      },
    ],
    initializer: [
      vector('dense.weight', weight, [outputs, inputs]),
      vector('dense.bias', new Float32Array(outputs).fill(0.5), [outputs]),
    ],
    input: [{ name: 'x', type: 'float32', shape: ['rows', inputs] }],
    output: [{ name: 'y', type: 'float32', shape: ['rows', outputs] }],
  });
}

async function runDense(model: Uint8Array, x: Float32Array, inputs: number): Promise<Float32Array> {
  const runtime = await loadRuntime();
  const session = await runtime.InferenceSession.create(model);
  const { y } = await session.run({ x: new runtime.Tensor('float32', x, [x.length / inputs, inputs]) });
  await session.release();
  return y?.data as Float32Array;
}

describe('an int8 model', () => {
  it('answers nearly like the float one, with the same inputs and output', async () => {
    const rows = [
      [2, 7, 9, 3],
      [2, 100, 200, 300, 400, 5, 3],
    ];
    const sessions = await Promise.all(
      [float, int8].map((model) => openLogitsGraph(model, config.padTokenId, { threads: 1 })),
    );
    const [expected, actual] = await Promise.all(sessions.map((session) => session.run(rows)));
    await Promise.all(sessions.map((session) => session.dispose()));
    expect(actual).toHaveLength(6);
    expect(actual).not.toEqual(expected);
    actual?.forEach((value, i) =>
      expect(Math.abs(value - (expected?.[i] as number))).toBeLessThan(INT8_TOLERANCE),
    );
  });

  it('is of standard operators alone and keeps neither float kernels nor a float vocabulary table', () => {
    const { graph, producer } = decodeModel(int8);
    expect(producer).toBe('nunchi');
    expect(new Set(graph.node.map((node) => node.domain ?? ''))).toEqual(new Set(['']));
    const products = graph.node.filter(({ opType }) => opType === 'MatMulInteger');
    expect(products).toHaveLength(6 * config.layers);
    const largeFloats = graph.initializer.filter(
      ({ name, dims, dataType }) =>
        dataType === 1 && dims.length === 2 && !/_scale$|pooler|classifier/.test(name),
    );
    // Positions are sliced, not looked up.
    expect(largeFloats.map(({ name }) => name)).toEqual(['bert.embeddings.position_embeddings.weight']);
    expect(int8.length).toBeLessThan(float.length * 0.45);
  });

  it('is the same bytes every time', () => {
    expect(Buffer.compare(quantizeClassifier(float), int8)).toBe(0);
  });

  it('cannot be made of bytes that are no model', () => {
    expect(() => quantizeClassifier(Uint8Array.of(1, 2, 3))).toThrow();
    expect(() => quantizeClassifier(new Uint8Array())).toThrow('no graph');
  });
});

describe('extreme activations', () => {
  const INPUTS = 64;

  // With signed weights of full range each sum of two products, 2 · 255 · 127, is cut to 32,767 where VNNI is missing.
  it.each([1, -1])('do not saturate against extreme weights of sign %i', async (sign) => {
    const weight = new Float32Array(INPUTS * 16).fill(sign);
    const x = new Float32Array(INPUTS * 7).fill(3);
    const y = await runDense(quantizeClassifier(denseModel(weight, INPUTS, 16)), x, INPUTS);
    y.forEach((value) => expect(value).toBeCloseTo(sign * 3 * INPUTS + 0.5, 2));
  });

  it('meet weights whose products fit 16 bits in pairs, on any processor', () => {
    const { graph } = decodeModel(int8);
    const kernels = graph.initializer.filter(
      ({ name }) => /dense|self/.test(name) && name.endsWith('_quantized'),
    );
    expect(kernels).toHaveLength(6 * config.layers);
    for (const { rawData } of kernels) {
      const largest = new Int8Array(new Uint8Array(rawData).buffer).reduce(
        (m, v) => Math.max(m, Math.abs(v)),
        0,
      );
      expect(2 * 255 * largest).toBeLessThanOrEqual(32_767);
      expect(largest).toBeGreaterThan(60);
    }
  });

  it('leave a row of zeros and a single large weight right', async () => {
    const weight = new Float32Array(INPUTS * 2);
    weight[INPUTS] = 1000;
    const x = Float32Array.from({ length: INPUTS }, (_, i) => (i === 0 ? -2 : 1));
    const y = await runDense(quantizeClassifier(denseModel(weight, INPUTS, 2)), x, INPUTS);
    expect(y[0]).toBeCloseTo(0.5, 5);
    expect(Math.abs((y[1] ?? 0) + 1999.5)).toBeLessThan(10);
  });
});
