// Collects ONNX nodes, initializers, inputs and outputs under unique names; knows nothing of TensorFlow.js.
import {
  DATA_TYPES,
  type AttributeProto,
  type DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfo,
} from './model-proto.js';
import { expressionOf, type FreeAxis } from './symbolic.js';

export type AttributeValue = number | string | number[] | { float: number };

function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') return { name, type: 2, i: value };
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if (Array.isArray(value)) return { name, type: 7, ints: value };
  return { name, type: 1, f: value.float };
}

export type TypedData = Float32Array | Int32Array | BigInt64Array | Uint8Array | Int8Array;

export class GraphBuilder {
  readonly nodes: NodeProto[] = [];
  readonly initializers = new Map<string, TensorProto>();
  readonly inputs: ValueInfo[] = [];
  readonly outputs: ValueInfo[] = [];
  private count = 0;
  private readonly cache = new Map<string, string>();

  constructor(readonly axes: readonly FreeAxis[] = []) {}

  uniqueName(stem: string): string {
    this.count += 1;
    return `${stem}_${this.count}`;
  }

  /** Adds a node of one output and gives the output's name. */
  node(
    opType: string,
    inputs: string[],
    attributes: Record<string, AttributeValue> = {},
    options: { domain?: string; output?: string } = {},
  ): string {
    const output = options.output ?? this.uniqueName(opType);
    this.nodes.push({
      opType,
      name: output,
      input: inputs,
      output: [output],
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      ...(options.domain === undefined ? {} : { domain: options.domain }),
    });
    return output;
  }

  initializer(name: string, type: DataType, dims: readonly number[], data: TypedData): string {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.set(name, { name, dims: [...dims], dataType: DATA_TYPES[type], rawData });
    return name;
  }

  /** A small constant, written once however often it is asked for. */
  constant(type: 'float32' | 'int32' | 'int64', dims: readonly number[], values: readonly number[]): string {
    return this.once(`${type}[${dims.join()}]${values.join()}`, () => {
      const data =
        type === 'float32'
          ? Float32Array.from(values)
          : type === 'int32'
            ? Int32Array.from(values)
            : BigInt64Array.from(values, (v) => BigInt(v));
      return this.initializer(this.uniqueName('constant'), type, dims, data);
    });
  }

  /** int64 vector of one element: the size of a dimension, computed at run time where it is free. */
  dimension(size: number): string {
    const expression = expressionOf(size, this.axes);
    if (expression === null) return this.constant('int64', [1], [size]);
    return this.once(`dimension ${size}`, () => {
      let product =
        expression.coefficient === 1 ? null : this.constant('int64', [1], [expression.coefficient]);
      for (const name of expression.axes) {
        const axis = this.axisSize(name);
        product = product === null ? axis : this.node('Mul', [product, axis]);
      }
      return product as string;
    });
  }

  /** int64 vector: a shape, computed at run time where dimensions are free. */
  shape(dims: readonly number[], options: { inferOne?: boolean } = {}): string {
    const free = dims.map((d) => expressionOf(d, this.axes) !== null);
    const freeCount = free.filter(Boolean).length;
    if (freeCount === 0) return this.constant('int64', [dims.length], dims);
    if (options.inferOne === true && freeCount === 1) {
      return this.constant(
        'int64',
        [dims.length],
        dims.map((d, i) => (free[i] === true ? -1 : d)),
      );
    }
    return this.once(`shape ${dims.join()}`, () =>
      this.node(
        'Concat',
        dims.map((d) => this.dimension(d)),
        { axis: 0 },
      ),
    );
  }

  isFree(size: number): boolean {
    return expressionOf(size, this.axes) !== null;
  }

  /** Replaces free dimensions by their axis names, for inputs and outputs. */
  namedShape(dims: readonly number[]): (number | string)[] {
    return dims.map((d) => {
      const expression = expressionOf(d, this.axes);
      if (expression === null) return d;
      const factors =
        expression.coefficient === 1 ? expression.axes : [String(expression.coefficient), ...expression.axes];
      return factors.join('_x_');
    });
  }

  build(name: string): GraphProto {
    return {
      name,
      node: this.liveNodes(),
      initializer: [...this.initializers.values()],
      input: this.inputs,
      output: this.outputs,
    };
  }

  /** Nodes that an output needs, in the order they were added. */
  private liveNodes(): NodeProto[] {
    const needed = new Set(this.outputs.map((o) => o.name));
    const live: NodeProto[] = [];
    for (let i = this.nodes.length - 1; i >= 0; i -= 1) {
      const node = this.nodes[i] as NodeProto;
      if (!node.output.some((o) => needed.has(o))) continue;
      for (const input of node.input) needed.add(input);
      live.push(node);
    }
    for (const name of [...this.initializers.keys()]) if (!needed.has(name)) this.initializers.delete(name);
    return live.reverse();
  }

  private axisSize(name: string): string {
    const axis = this.axes.find((a) => a.name === name) as FreeAxis;
    return this.once(`axis ${name}`, () => {
      const shape = this.once(`shape of ${axis.input}`, () => this.node('Shape', [axis.input]));
      return this.node('Slice', [
        shape,
        this.constant('int64', [1], [axis.dimension]),
        this.constant('int64', [1], [axis.dimension + 1]),
        this.constant('int64', [1], [0]),
      ]);
    });
  }

  private once(key: string, make: () => string): string {
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const name = make();
    this.cache.set(key, name);
    return name;
  }
}
