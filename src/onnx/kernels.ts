// TensorFlow.js kernels as ONNX nodes (opset 17). Every name here is a kernel that tfjs-node has too.
import type { GraphBuilder } from './graph-builder.js';
import { DATA_TYPES } from './model-proto.js';
import { tf, type DataType, type TensorInfo } from './tfjs.js';

export interface Emit {
  builder: GraphBuilder;
  name(tensor: TensorInfo): string;
  result(name: string, shape: readonly number[], dtype: DataType): TensorInfo;
  onnxType(dtype: DataType): 'float32' | 'int32' | 'bool';
}

type Inputs = Record<string, TensorInfo>;
type Kernel = (emit: Emit, inputs: Inputs, attrs: Record<string, unknown>) => TensorInfo;

function input(inputs: Inputs, name: string): TensorInfo {
  const tensor = inputs[name];
  if (tensor === undefined) throw new TypeError(`kernel input ${name} is missing`);
  return tensor;
}

/** Kernel of one input `x` and one ONNX node. */
const unary =
  (opType: string): Kernel =>
  (emit, inputs) => {
    const x = input(inputs, 'x');
    return emit.result(emit.builder.node(opType, [emit.name(x)]), x.shape, x.dtype);
  };

/** Kernel of two inputs that broadcast. */
const binary =
  (opType: string, dtype?: DataType): Kernel =>
  (emit, inputs) => {
    const a = input(inputs, 'a');
    const b = input(inputs, 'b');
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    return emit.result(emit.builder.node(opType, [emit.name(a), emit.name(b)]), shape, dtype ?? a.dtype);
  };

const reduction =
  (opType: 'ReduceSum' | 'ReduceMean' | 'ReduceMax'): Kernel =>
  (emit, inputs, attrs) => {
    const { builder } = emit;
    const x = input(inputs, 'x');
    const param = (attrs['axis'] ?? attrs['reductionIndices']) as number | number[];
    const axes = tf.util.parseAxisParam(param, x.shape);
    const keepDims = attrs['keepDims'] === true;
    const [outShape] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = keepDims ? tf.backend_util.expandShapeToKeepDim(outShape, axes) : outShape;
    const keepdims = keepDims ? 1 : 0;
    const name =
      opType === 'ReduceSum'
        ? builder.node(opType, [emit.name(x), builder.constant('int64', [axes.length], axes)], { keepdims })
        : builder.node(opType, [emit.name(x)], { axes, keepdims });
    return emit.result(name, shape, x.dtype);
  };

const reshapeTo =
  (shapeOf: (x: TensorInfo, attrs: Record<string, unknown>) => number[]): Kernel =>
  (emit, inputs, attrs) => {
    const { builder } = emit;
    const x = inputs['x'] ?? input(inputs, 'input');
    const shape = shapeOf(x, attrs);
    if (shape.join() === x.shape.join()) return emit.result(emit.name(x), shape, x.dtype);
    return emit.result(
      builder.node('Reshape', [emit.name(x), builder.shape(shape, { inferOne: true })]),
      shape,
      x.dtype,
    );
  };

function filled(emit: Emit, shape: readonly number[], value: number, dtype: DataType): TensorInfo {
  const { builder } = emit;
  const scalar = builder.constant(dtype === 'int32' ? 'int32' : 'float32', [], [value]);
  return emit.result(builder.node('Expand', [scalar, builder.shape(shape)]), shape, dtype);
}

/** `A·B` with optional transposes: Gemm for matrices, MatMul or FusedMatMul for stacks of them. */
const batchMatMul: Kernel = (emit, inputs, attrs) => {
  const a = input(inputs, 'a');
  const b = input(inputs, 'b');
  const transA = attrs['transposeA'] === true;
  const transB = attrs['transposeB'] === true;
  const rankA = a.shape.length;
  const rankB = b.shape.length;
  const rows = a.shape[transA ? rankA - 1 : rankA - 2] as number;
  const columns = b.shape[transB ? rankB - 2 : rankB - 1] as number;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, rows, columns];
  const names = [emit.name(a), emit.name(b)];
  const flags = { transA: transA ? 1 : 0, transB: transB ? 1 : 0 };
  const { builder } = emit;
  if (rankA === 2 && rankB === 2) return emit.result(builder.node('Gemm', names, flags), shape, a.dtype);
  const name =
    transA || transB
      ? builder.node('FusedMatMul', names, flags, { domain: 'com.microsoft' })
      : builder.node('MatMul', names);
  return emit.result(name, shape, a.dtype);
};

const cast: Kernel = (emit, inputs, attrs) => {
  const x = input(inputs, 'x');
  const dtype = attrs['dtype'] as DataType;
  if (dtype === x.dtype) return emit.result(emit.name(x), x.shape, dtype);
  return emit.result(
    emit.builder.node('Cast', [emit.name(x)], { to: DATA_TYPES[emit.onnxType(dtype)] }),
    x.shape,
    dtype,
  );
};

const transpose: Kernel = (emit, inputs, attrs) => {
  const x = input(inputs, 'x');
  const perm = attrs['perm'] as number[];
  const shape = perm.map((axis) => x.shape[axis] as number);
  if (perm.every((axis, i) => axis === i)) return emit.result(emit.name(x), shape, x.dtype);
  return emit.result(emit.builder.node('Transpose', [emit.name(x)], { perm }), shape, x.dtype);
};

const gather: Kernel = (emit, inputs, attrs) => {
  const x = input(inputs, 'x');
  const indices = input(inputs, 'indices');
  const axis = tf.util.parseAxisParam(attrs['axis'] as number, x.shape)[0] as number;
  if ((attrs['batchDims'] as number | undefined) !== undefined && attrs['batchDims'] !== 0) {
    throw new TypeError('GatherV2 with batchDims is not traced');
  }
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return emit.result(
    emit.builder.node('Gather', [emit.name(x), emit.name(indices)], { axis }),
    shape,
    x.dtype,
  );
};

const slice: Kernel = (emit, inputs, attrs) => {
  const { builder } = emit;
  const x = input(inputs, 'x');
  const [begin, size] = tf.slice_util.parseSliceParams(
    x,
    attrs['begin'] as number[],
    attrs['size'] as number[],
  ) as [number[], number[]];
  const axes = size.flatMap((s, i) => (s === x.shape[i] ? [] : [i]));
  if (axes.length === 0) return emit.result(emit.name(x), size, x.dtype);
  const starts = builder.constant(
    'int64',
    [axes.length],
    axes.map((i) => begin[i] as number),
  );
  const ends =
    axes.length === 1 && begin[axes[0] as number] === 0
      ? builder.dimension(size[axes[0] as number] as number)
      : builder.constant(
          'int64',
          [axes.length],
          axes.map((i) => fixedEnd(builder, begin[i] as number, size[i] as number)),
        );
  const name = builder.node('Slice', [
    emit.name(x),
    starts,
    ends,
    builder.constant('int64', [axes.length], axes),
  ]);
  return emit.result(name, size, x.dtype);
};

function fixedEnd(builder: GraphBuilder, begin: number, size: number): number {
  if (builder.isFree(begin) || builder.isFree(size))
    throw new TypeError('a slice of a free axis must begin at 0 and be the only one');
  return begin + size;
}

/** Zero padding; the amount behind each axis is computed from the two sizes, so that free axes work on either side. */
const pad: Kernel = (emit, inputs, attrs) => {
  const { builder } = emit;
  const x = input(inputs, 'x');
  const paddings = attrs['paddings'] as [number, number][];
  const shape = x.shape.map(
    (d, i) => d + (paddings[i] as [number, number])[0] + (paddings[i] as [number, number])[1],
  );
  const before = builder.constant(
    'int64',
    [shape.length],
    paddings.map(([p]) => p),
  );
  const after = builder.node('Sub', [
    builder.node('Sub', [builder.shape(shape), builder.shape(x.shape)]),
    before,
  ]);
  const pads = builder.node('Concat', [before, after], { axis: 0 });
  const value = builder.constant(
    x.dtype === 'int32' ? 'int32' : 'float32',
    [],
    [attrs['constantValue'] as number],
  );
  return emit.result(builder.node('Pad', [emit.name(x), pads, value]), shape, x.dtype);
};

/** Tables of at most so many rows get their gradient by a product. */
const FEW_SEGMENTS = 16;

/**
 * Not `ScatterND`: on several threads ONNX Runtime adds rows of one index at the same time and loses some of them
 * (microsoft/onnxruntime #18048). `ScatterElements` adds one after the other.
 */
const unsortedSegmentSum: Kernel = (emit, inputs, attrs) => {
  const { builder } = emit;
  const x = input(inputs, 'x');
  const segments = attrs['numSegments'] as number;
  const shape = [segments, ...x.shape.slice(1)];
  const ids = builder.node('Cast', [emit.name(input(inputs, 'segmentIds'))], { to: DATA_TYPES.int64 });
  if (segments <= FEW_SEGMENTS && x.shape.length === 2 && x.dtype === 'float32') {
    const values = builder.constant('float32', [2], [0, 1]);
    const members = builder.node('OneHot', [ids, builder.constant('int64', [1], [segments]), values], {
      axis: 0,
    });
    return emit.result(builder.node('MatMul', [members, emit.name(x)]), shape, x.dtype);
  }
  const inner = x.shape.slice(1).map((_, index) => index + 1);
  const column = builder.node('Unsqueeze', [ids, builder.constant('int64', [inner.length], inner)]);
  const indices = builder.node('Expand', [column, builder.shape(x.shape)]);
  const zeros = emit.name(filled(emit, shape, 0, x.dtype));
  const sums = builder.node('ScatterElements', [zeros, indices, emit.name(x)], { axis: 0, reduction: 'add' });
  return emit.result(sums, shape, x.dtype);
};

const softmax: Kernel = (emit, inputs, attrs) => {
  const x = input(inputs, 'logits');
  const axis = attrs['dim'] as number;
  return emit.result(emit.builder.node('Softmax', [emit.name(x)], { axis }), x.shape, x.dtype);
};

/** As Pow, the form in which ONNX Runtime recognises layer normalisation. */
const square: Kernel = (emit, inputs) => {
  const x = input(inputs, 'x');
  const two = emit.builder.constant('float32', [], [2]);
  return emit.result(emit.builder.node('Pow', [emit.name(x), two]), x.shape, x.dtype);
};

const rsqrt: Kernel = (emit, inputs) => {
  const x = input(inputs, 'x');
  const root = emit.builder.node('Sqrt', [emit.name(x)]);
  return emit.result(emit.builder.node('Reciprocal', [root]), x.shape, x.dtype);
};

const squaredDifference: Kernel = (emit, inputs) => {
  const difference = binary('Sub')(emit, inputs, {});
  return square(emit, { x: difference }, {});
};

/** 1 at the class of each row and 0 elsewhere. */
const oneHot: Kernel = (emit, inputs, attrs) => {
  const { builder } = emit;
  const indices = input(inputs, 'indices');
  const depth = attrs['depth'] as number;
  const dtype = (attrs['dtype'] as DataType | undefined) ?? 'int32';
  const values = builder.constant(
    dtype === 'float32' ? 'float32' : 'int32',
    [2],
    [attrs['offValue'] as number, attrs['onValue'] as number],
  );
  const ids = builder.node('Cast', [emit.name(indices)], { to: DATA_TYPES.int64 });
  const name = builder.node('OneHot', [ids, builder.constant('int64', [1], [depth]), values]);
  return emit.result(name, [...indices.shape, depth], dtype);
};

const where: Kernel = (emit, inputs) => {
  const condition = input(inputs, 'condition');
  const t = input(inputs, 't');
  const e = input(inputs, 'e');
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(t.shape, e.shape);
  return emit.result(
    emit.builder.node('Where', [emit.name(condition), emit.name(t), emit.name(e)]),
    shape,
    t.dtype,
  );
};

export const kernels: Record<string, Kernel> = {
  Add: binary('Add'),
  BatchMatMul: batchMatMul,
  Cast: cast,
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  ExpandDims: reshapeTo((x, attrs) => {
    const dim = attrs['dim'] as number;
    const at = dim < 0 ? x.shape.length + dim + 1 : dim;
    return [...x.shape.slice(0, at), 1, ...x.shape.slice(at)];
  }),
  Fill: (emit, _inputs, attrs) =>
    filled(
      emit,
      attrs['shape'] as number[],
      attrs['value'] as number,
      (attrs['dtype'] as DataType | undefined) ?? 'float32',
    ),
  GatherV2: gather,
  Identity: (emit, inputs) => {
    const x = input(inputs, 'x');
    return emit.result(emit.name(x), x.shape, x.dtype);
  },
  Log: unary('Log'),
  Max: reduction('ReduceMax'),
  Maximum: binary('Max'),
  Mean: reduction('ReduceMean'),
  Minimum: binary('Min'),
  Multiply: binary('Mul'),
  Neg: unary('Neg'),
  OnesLike: (emit, inputs) => filled(emit, input(inputs, 'x').shape, 1, input(inputs, 'x').dtype),
  OneHot: oneHot,
  PadV2: pad,
  RealDiv: binary('Div', 'float32'),
  Reshape: reshapeTo((_x, attrs) => attrs['shape'] as number[]),
  Rsqrt: rsqrt,
  Select: where,
  Slice: slice,
  Softmax: softmax,
  Sqrt: unary('Sqrt'),
  Square: square,
  SquaredDifference: squaredDifference,
  Sub: binary('Sub'),
  Sum: reduction('ReduceSum'),
  Tanh: unary('Tanh'),
  Transpose: transpose,
  UnsortedSegmentSum: unsortedSegmentSum,
  ZerosLike: (emit, inputs) => filled(emit, input(inputs, 'x').shape, 0, input(inputs, 'x').dtype),
};
