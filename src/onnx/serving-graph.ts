// The forward pass laid out for speed, from the same weights as classifier-graph.ts: ONNX Runtime's fused operators, no
// padding, and nothing computed that the classifier does not look at. Not for export: other readers may lack the operators.
import type { BertConfig } from '../bert/config.js';
import type { Weights } from '../bert/weights.js';
import { GraphBuilder, type AttributeValue } from './graph-builder.js';
import { quantizeRows, TABLE_LIMIT, transposeInto, WEIGHT_LIMIT } from './int8.js';
import { DATA_TYPES, encodeModel } from './model-proto.js';

export type ServingPrecision = 'float32' | 'int8';

function joined(vectors: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(vectors.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const vector of vectors) {
    result.set(vector, at);
    at += vector.length;
  }
  return result;
}

class ServingGraph {
  readonly builder = new GraphBuilder();
  constructor(
    private readonly config: BertConfig,
    private readonly weights: Weights,
    private readonly precision: ServingPrecision,
  ) {}

  classify(): void {
    const { builder } = this;
    builder.inputs.push({ name: 'input_ids', type: 'int32', shape: ['batch', 'length'] });
    let x = this.embed();
    for (let layer = 0; layer < this.config.layers; layer += 1) x = this.layer(layer, x);
    const shape = builder.constant('int64', [2], [-1, this.config.hiddenSize]);
    const pooled = builder.node('Tanh', [
      this.head(builder.node('Reshape', [x, shape]), 'bert.pooler.dense'),
    ]);
    builder.node('Identity', [this.head(pooled, 'classifier')], {}, { output: 'logits' });
    builder.outputs.push({ name: 'logits', type: 'float32', shape: ['batch', this.config.labels.length] });
  }

  private data(name: string): Float32Array {
    const tensor = this.weights.get(name);
    if (tensor === undefined) throw new Error(`the model has no weight ${name}`);
    return tensor.data;
  }

  private vector(name: string, data: Float32Array = this.data(name)): string {
    return this.builder.initializer(name, 'float32', [data.length], data);
  }

  private biases(name: string, parts: readonly string[]): string {
    return this.vector(name, joined(parts.map((part) => this.data(`${part}.bias`))));
  }

  private fused(opType: string, inputs: string[], attributes: Record<string, AttributeValue> = {}): string {
    return this.builder.node(opType, inputs, attributes, { domain: 'com.microsoft' });
  }

  /** The kernels `[out, in]` of several dense layers as one matrix `[in, sum of out]`. */
  private matrix(name: string, parts: readonly string[], input: number): string {
    const kernels = parts.map((part) => this.data(`${part}.weight`));
    const width = kernels.reduce((sum, { length }) => sum + length, 0) / input;
    const result = new Float32Array(width * input);
    let offset = 0;
    for (const kernel of kernels) {
      transposeInto(result, width, offset, kernel, input);
      offset += kernel.length / input;
    }
    return this.builder.initializer(name, 'float32', [input, width], result);
  }

  /** As `matrix`, in int8. @returns matrix, scales of its columns, zero point */
  private int8Matrix(name: string, parts: readonly string[], input: number): [string, string, string] {
    const kernels = parts.map((part) => quantizeRows(this.data(`${part}.weight`), input, WEIGHT_LIMIT));
    const scales = joined(kernels.map((kernel) => kernel.scales));
    const width = scales.length;
    const result = new Int8Array(width * input);
    let offset = 0;
    for (const { values } of kernels) {
      transposeInto(result, width, offset, values, input);
      offset += values.length / input;
    }
    return [
      this.builder.initializer(`${name}_quantized`, 'int8', [input, width], result),
      this.vector(`${name}_scale`, scales),
      this.builder.initializer('int8_zero', 'int8', [], new Int8Array(1)),
    ];
  }

  /** `x` times the kernels of the dense layers `parts`, side by side, without their biases. */
  private product(x: string, name: string, parts: readonly string[], input: number): string {
    if (this.precision === 'float32')
      return this.builder.node('MatMul', [x, this.matrix(name, parts, input)]);
    return this.fused('DynamicQuantizeMatMul', [x, ...this.int8Matrix(name, parts, input)]);
  }

  /** A small dense layer, float in any precision. */
  private head(x: string, name: string): string {
    const { hiddenSize } = this.config;
    const bias = this.vector(`${name}.bias`);
    return this.builder.node('Gemm', [x, this.matrix(`${name}.columns`, [name], hiddenSize), bias]);
  }

  private embed(): string {
    const { hiddenSize, layerNormEpsilon } = this.config;
    const prefix = 'bert.embeddings';
    // Every message is a first segment: its embedding is part of each position's.
    const segment = this.data(`${prefix}.token_type_embeddings.weight`);
    const positions = this.data(`${prefix}.position_embeddings.weight`).map(
      (value, i) => value + (segment[i % hiddenSize] as number),
    );
    const rows = positions.length / hiddenSize;
    const positionTable = this.builder.initializer(
      `${prefix}.positions`,
      'float32',
      [rows, hiddenSize],
      positions,
    );
    const norm = [this.vector(`${prefix}.LayerNorm.weight`), this.vector(`${prefix}.LayerNorm.bias`)];
    const epsilon = { epsilon: { float: layerNormEpsilon } };
    const name = `${prefix}.word_embeddings.weight`;
    const words = this.data(name);
    const dims = [words.length / hiddenSize, hiddenSize];
    if (this.precision === 'float32') {
      const table = this.builder.initializer(name, 'float32', dims, words);
      const inputs = ['input_ids', '', table, positionTable, '', ...norm];
      const output = this.fused('EmbedLayerNormalization', inputs, epsilon);
      // The operator's second output, for padding, is not used.
      this.builder.nodes.at(-1)?.output.push(this.builder.uniqueName('mask_index'));
      return output;
    }
    const length = this.builder.node('Shape', ['input_ids'], { start: 1, end: 2 });
    const zero = this.builder.constant('int64', [1], [0]);
    const used = this.builder.node('Slice', [positionTable, zero, length, zero]);
    return this.normalize([this.int8Rows(name, words, dims), used], prefix);
  }

  /** Rows of a table kept in int8. */
  private int8Rows(name: string, table: Float32Array, dims: readonly number[]): string {
    const { values, scales } = quantizeRows(table, dims[1] as number, TABLE_LIMIT);
    const levels = this.builder.initializer(`${name}_quantized`, 'int8', dims, values);
    const scale = this.builder.initializer(`${name}_scale`, 'float32', [scales.length, 1], scales);
    const lookUp = (from: string) => this.builder.node('Gather', [from, 'input_ids'], { axis: 0 });
    const float = this.builder.node('Cast', [lookUp(levels)], { to: DATA_TYPES.float32 });
    return this.builder.node('Mul', [float, lookUp(scale)]);
  }

  /**
   * `LayerNorm` of the sum of `terms`. Not `SkipLayerNormalization`: ONNX Runtime computes that one number at a time, 24 us
   * for 17 tokens of 256 where these two nodes take 9. And not `Add`, from which its optimiser would make it.
   */
  private normalize(terms: string[], norm: string): string {
    const scale = [this.vector(`${norm}.LayerNorm.weight`), this.vector(`${norm}.LayerNorm.bias`)];
    const attributes = { axis: -1, epsilon: { float: this.config.layerNormEpsilon } };
    return this.builder.node('LayerNormalization', [this.builder.node('Sum', terms), ...scale], attributes);
  }

  /** Equal parts of the last axis. */
  private split(x: string, count: number): string[] {
    const sizes = this.builder.constant('int64', [count], Array<number>(count).fill(this.config.hiddenSize));
    const first = this.builder.node('Split', [x, sizes], { axis: -1 });
    const others = Array.from({ length: count - 1 }, () => this.builder.uniqueName('Split'));
    this.builder.nodes.at(-1)?.output.push(...others);
    return [first, ...others];
  }

  /** @param queries `x`, or the first token of each text: the only row of the last layer that the classifier reads */
  private attend(prefix: string, queries: string, x: string): string {
    const { hiddenSize, heads } = this.config;
    const [query, key, value] = ['query', 'key', 'value'].map((part) => `${prefix}.self.${part}`) as [
      string,
      string,
      string,
    ];
    const biases = this.biases(`${prefix}.biases`, [query, key, value]);
    const attributes = { num_heads: heads };
    if (queries !== x) {
      const own = this.product(queries, `${query}.columns`, [query], hiddenSize);
      const others = this.product(x, `${prefix}.columns`, [key, value], hiddenSize);
      return this.fused('MultiHeadAttention', [own, ...this.split(others, 2), biases], attributes);
    }
    if (this.precision === 'float32') {
      const kernel = this.matrix(`${prefix}.columns`, [query, key, value], hiddenSize);
      return this.fused('Attention', [x, kernel, biases], attributes);
    }
    const all = this.product(x, `${prefix}.columns`, [query, key, value], hiddenSize);
    return this.fused('MultiHeadAttention', [...this.split(all, 3), biases], attributes);
  }

  private layer(index: number, x: string): string {
    const { layers, hiddenSize, intermediateSize } = this.config;
    const prefix = `bert.encoder.layer.${index}`;
    const rows = index === layers - 1 ? this.firstOf(x) : x;
    const output = `${prefix}.attention.output`;
    const context = this.attend(`${prefix}.attention`, rows, x);
    const projected = this.dense(context, `${output}.dense`, hiddenSize);
    const attended = this.normalize([projected, this.vector(`${output}.dense.bias`), rows], output);
    const expanded = this.dense(attended, `${prefix}.intermediate.dense`, hiddenSize);
    const active = this.fused('BiasGelu', [expanded, this.vector(`${prefix}.intermediate.dense.bias`)]);
    const contracted = this.dense(active, `${prefix}.output.dense`, intermediateSize);
    return this.normalize(
      [contracted, this.vector(`${prefix}.output.dense.bias`), attended],
      `${prefix}.output`,
    );
  }

  private dense(x: string, name: string, input: number): string {
    return this.product(x, `${name}.columns`, [name], input);
  }

  /** `[batch, length, hidden]` to `[batch, 1, hidden]` */
  private firstOf(x: string): string {
    const at = (value: number) => this.builder.constant('int64', [1], [value]);
    return this.builder.node('Slice', [x, at(0), at(1), at(1)]);
  }
}

/**
 * Input `input_ids` (int32 `[batch, length]`, texts of equal length, none padded), output `logits`
 * (float32 `[batch, labels]`). The numbers are those of `exportClassifier`, in int8 those of `quantizeClassifier`, up to
 * rounding.
 */
export function buildServingGraph(
  config: BertConfig,
  weights: Weights,
  precision: ServingPrecision,
): Uint8Array {
  const graph = new ServingGraph(config, weights, precision);
  graph.classify();
  return encodeModel(graph.builder.build('bert-classifier-serving'));
}
