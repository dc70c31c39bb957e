// Dynamic int8 of an exported classifier, in standard operators: matrix products on int8 weights (a scale for each output
// channel) and the embedding table in int8 (a scale for each row). docs/decisions/0007 tells why weights take 7 bits.
import { quantizeRows, TABLE_LIMIT, transposeInto, WEIGHT_LIMIT } from './int8.js';
import { DATA_TYPES, decodeModel, encodeModel, type GraphProto, type NodeProto } from './model-proto.js';

/** Layers that stay float: the last numbers before the labels, and too small to save anything. */
const KEPT_FLOAT = /(^|\.)(classifier|pooler\.dense)\.weight$/;

class Quantizer {
  private readonly nodes: NodeProto[] = [];
  private readonly activations = new Map<string, [quantized: string, scale: string, zeroPoint: string]>();
  private readonly initializers: Map<string, GraphProto['initializer'][number]>;

  constructor(private readonly graph: GraphProto) {
    this.initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  }

  run(): GraphProto {
    for (const node of this.graph.node) {
      if (node.opType === 'Gemm' && this.isDense(node)) this.dense(node);
      else if (node.opType === 'Gather' && this.matrixOf(node.input[0]) !== undefined) this.lookUp(node);
      else this.nodes.push(node);
    }
    const used = new Set(this.nodes.flatMap(({ input }) => input));
    const initializer = [...this.initializers.values()].filter(({ name }) => used.has(name));
    return { ...this.graph, node: this.nodes, initializer };
  }

  /** The float32 matrix of this name, if it is constant. */
  private matrixOf(name = ''): { data: Float32Array; rows: number; columns: number } | undefined {
    const tensor = this.initializers.get(name);
    if (tensor?.dataType !== DATA_TYPES.float32 || tensor.dims.length !== 2) return undefined;
    const [rows, columns] = tensor.dims as [number, number];
    return { data: new Float32Array(new Uint8Array(tensor.rawData).buffer), rows, columns };
  }

  /** `x·Wᵀ + b` of a constant `W`, as the classifier's dense layers are exported. */
  private isDense(node: NodeProto): boolean {
    const flag = (name: string) => node.attribute.find((a) => a.name === name)?.i ?? 0;
    const weight = node.input[1] ?? '';
    const kept = KEPT_FLOAT.test(weight);
    return !kept && flag('transA') === 0 && flag('transB') === 1 && this.matrixOf(weight) !== undefined;
  }

  private dense(node: NodeProto): void {
    const [x, weight, bias] = node.input as [string, string, string | undefined];
    const output = node.output[0] as string;
    const [quantized, scale, zeroPoint] = this.quantizeActivation(x);
    if (!this.initializers.has(`${weight}_quantized`)) {
      const { data, rows, columns } = this.matrixOf(weight) as NonNullable<ReturnType<Quantizer['matrixOf']>>;
      const { values, scales } = quantizeRows(data, columns, WEIGHT_LIMIT);
      const kernel = new Int8Array(values.length);
      transposeInto(kernel, rows, 0, values, columns);
      this.constant(`${weight}_quantized`, 'int8', [columns, rows], kernel);
      this.constant(`${weight}_scale`, 'float32', [rows], scales);
      this.constant(`${weight}_zero_point`, 'int8', [], new Int8Array(1));
    }
    // This order of nodes is the one that ONNX Runtime joins into a single operator.
    const inputs = [quantized, `${weight}_quantized`, zeroPoint, `${weight}_zero_point`];
    const sums = this.node('MatMulInteger', inputs, `${output}_integer`);
    const float = this.node('Cast', [sums], `${output}_float`, { to: DATA_TYPES.float32 });
    const scales = this.node('Mul', [scale, `${weight}_scale`], `${output}_scale`);
    const product = this.node('Mul', [float, scales], bias === undefined ? output : `${output}_product`);
    if (bias !== undefined) this.node('Add', [product, bias], output);
  }

  private quantizeActivation(x: string): [string, string, string] {
    const known = this.activations.get(x);
    if (known !== undefined) return known;
    const outputs: [string, string, string] = [`${x}_quantized`, `${x}_scale`, `${x}_zero_point`];
    this.nodes.push({
      opType: 'DynamicQuantizeLinear',
      name: `${x}_quantize`,
      input: [x],
      output: outputs,
      attribute: [],
    });
    this.activations.set(x, outputs);
    return outputs;
  }

  /** Rows of a table: looked up in int8, then scaled. */
  private lookUp(node: NodeProto): void {
    const [table, ids] = node.input as [string, string];
    const output = node.output[0] as string;
    const { data, rows, columns } = this.matrixOf(table) as NonNullable<ReturnType<Quantizer['matrixOf']>>;
    const { values, scales } = quantizeRows(data, columns, TABLE_LIMIT);
    this.constant(`${table}_quantized`, 'int8', [rows, columns], values);
    this.constant(`${table}_scale`, 'float32', [rows, 1], scales);
    const levels = this.node('Gather', [`${table}_quantized`, ids], `${output}_levels`, { axis: 0 });
    const float = this.node('Cast', [levels], `${output}_float`, { to: DATA_TYPES.float32 });
    const scale = this.node('Gather', [`${table}_scale`, ids], `${output}_row_scale`, { axis: 0 });
    this.node('Mul', [float, scale], output);
  }

  private node(
    opType: string,
    input: string[],
    output: string,
    integers: Record<string, number> = {},
  ): string {
    const attribute = Object.entries(integers).map(([name, i]) => ({ name, type: 2, i }));
    this.nodes.push({ opType, name: output, input, output: [output], attribute });
    return output;
  }

  private constant(
    name: string,
    type: 'int8' | 'float32',
    dims: number[],
    data: Int8Array | Float32Array,
  ): void {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.set(name, { name, dims, dataType: DATA_TYPES[type], rawData });
  }
}

/**
 * The int8 form of a model that `exportClassifier` wrote: same inputs and output, a quarter of the size. Activations are
 * quantised when the model runs, with one scale for a whole batch. The same bytes give the same bytes.
 * @throws TypeError, RangeError, Error for bytes that are no such model
 */
export function quantizeClassifier(float32Onnx: Uint8Array): Uint8Array {
  return encodeModel(new Quantizer(decodeModel(float32Onnx).graph).run());
}
