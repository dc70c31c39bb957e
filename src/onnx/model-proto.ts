// The part of ONNX's protobuf schema that Nunchi writes, and its serialization and reading.
// Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (IR version 8, opset 17).
import protobuf from 'protobufjs/light.js';

/** Written into every file as the program that made it. */
export const PRODUCER = 'nunchi';

/** TensorProto.DataType */
export const DATA_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;
export type DataType = keyof typeof DATA_TYPES;

export interface AttributeProto {
  name: string;
  type: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  ints?: number[];
}

export interface NodeProto {
  opType: string;
  domain?: string;
  name: string;
  input: string[];
  output: string[];
  attribute: AttributeProto[];
}

export interface TensorProto {
  name: string;
  dims: number[];
  dataType: number;
  rawData: Uint8Array;
}

/** A dimension is a number, or the name of a free axis. */
export interface ValueInfo {
  name: string;
  type: DataType;
  shape: (number | string)[];
}

export interface GraphProto {
  name: string;
  node: NodeProto[];
  initializer: TensorProto[];
  input: ValueInfo[];
  output: ValueInfo[];
}

const optional = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });

const root = protobuf.Root.fromJSON({
  nested: {
    Attribute: {
      fields: {
        name: optional('string', 1),
        f: optional('float', 2),
        i: optional('int64', 3),
        s: optional('bytes', 4),
        ints: { ...repeated('int64', 8), options: { packed: false } },
        type: optional('int32', 20),
      },
    },
    Node: {
      fields: {
        input: repeated('string', 1),
        output: repeated('string', 2),
        name: optional('string', 3),
        opType: optional('string', 4),
        attribute: repeated('Attribute', 5),
        domain: optional('string', 7),
      },
    },
    Tensor: {
      fields: {
        dims: { ...repeated('int64', 1), options: { packed: false } },
        dataType: optional('int32', 2),
        name: optional('string', 8),
        rawData: optional('bytes', 9),
      },
    },
    Dimension: { fields: { dimValue: optional('int64', 1), dimParam: optional('string', 2) } },
    Shape: { fields: { dim: repeated('Dimension', 1) } },
    TensorType: { fields: { elemType: optional('int32', 1), shape: optional('Shape', 2) } },
    Type: { fields: { tensorType: optional('TensorType', 1) } },
    Value: { fields: { name: optional('string', 1), type: optional('Type', 2) } },
    Graph: {
      fields: {
        node: repeated('Node', 1),
        name: optional('string', 2),
        initializer: repeated('Tensor', 5),
        input: repeated('Value', 11),
        output: repeated('Value', 12),
      },
    },
    OperatorSet: { fields: { domain: optional('string', 1), version: optional('int64', 2) } },
    Model: {
      fields: {
        irVersion: optional('int64', 1),
        producerName: optional('string', 2),
        graph: optional('Graph', 7),
        opsetImport: repeated('OperatorSet', 8),
      },
    },
  },
});
const ModelType = root.lookupType('Model');

function valueProto(value: ValueInfo): object {
  return {
    name: value.name,
    type: {
      tensorType: {
        elemType: DATA_TYPES[value.type],
        shape: {
          dim: value.shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })),
        },
      },
    },
  };
}

/** Serializes a graph as an ONNX ModelProto (opset 17, and com.microsoft 1 where a node uses it). */
export function encodeModel(graph: GraphProto): Uint8Array {
  const opsetImport = [{ domain: '', version: 17 }];
  if (graph.node.some((node) => node.domain === 'com.microsoft')) {
    opsetImport.push({ domain: 'com.microsoft', version: 1 });
  }
  const message = ModelType.fromObject({ irVersion: 8, producerName: PRODUCER, opsetImport });
  // Assigned rather than copied by fromObject: initializers are tens of megabytes.
  Object.assign(message, {
    graph: { ...graph, input: graph.input.map(valueProto), output: graph.output.map(valueProto) },
  });
  return ModelType.encode(message).finish();
}

const TYPE_NAMES = new Map<number, DataType>(
  Object.entries(DATA_TYPES).map(([name, value]) => [value, name as DataType]),
);

interface DecodedValue {
  name: string;
  type: { tensorType: { elemType: number; shape?: { dim: { dimValue?: number; dimParam?: string }[] } } };
}

function toValueInfo({ name, type }: DecodedValue): ValueInfo {
  const { elemType, shape } = type.tensorType;
  const known = TYPE_NAMES.get(elemType);
  if (known === undefined) throw new TypeError(`${name} has the unknown data type ${elemType}`);
  return { name, type: known, shape: (shape?.dim ?? []).map((d) => d.dimValue ?? d.dimParam ?? '') };
}

/**
 * Reads back what `encodeModel` wrote; initializers are views of `bytes`.
 * @throws TypeError, RangeError, Error for bytes that are no such model
 */
export function decodeModel(bytes: Uint8Array): { producer: string; graph: GraphProto } {
  const model = ModelType.toObject(ModelType.decode(bytes), { longs: Number, arrays: true }) as {
    producerName?: string;
    graph?: Omit<GraphProto, 'input' | 'output'> & { input: DecodedValue[]; output: DecodedValue[] };
  };
  if (model.graph === undefined) throw new TypeError('the model has no graph');
  const { name, node, initializer, input, output } = model.graph;
  const graph = { name, node, initializer, input: input.map(toValueInfo), output: output.map(toValueInfo) };
  return { producer: model.producerName ?? '', graph };
}
