// Turns a function of TensorFlow.js tensors into one static ONNX graph, with free axes where asked.
import { dropOutputCopies, fuseGemmBias } from './fuse.js';
import { GraphBuilder } from './graph-builder.js';
import { DATA_TYPES, encodeModel, type DataType } from './model-proto.js';
import type { FreeAxis } from './symbolic.js';
import { tf, type DataType as TfDataType, type Tensor } from './tfjs.js';
import { TRACE_BACKEND, traceBackend } from './trace-backend.js';

export interface TraceInput {
  name: string;
  type: Extract<DataType, 'float32' | 'int32' | 'int64'>;
  /** With marker sizes on free axes. */
  shape: readonly number[];
}

/** A tensor written into the graph as an initializer of this name. */
export interface TraceConstant {
  name: string;
  shape: readonly number[];
  data: Float32Array;
}

export interface TraceRequest {
  name: string;
  axes: readonly FreeAxis[];
  inputs: readonly TraceInput[];
  constants?: readonly TraceConstant[];
  /** Called once with every input and constant by name; gives the outputs by name, in order. */
  body: (tensors: Record<string, Tensor>) => Record<string, Tensor>;
}

/**
 * Runs `body` once on the tracing backend.
 * Gradients (`tf.grads`, `tf.variableGrads`) inside it are traced as well. int64 inputs are cast to int32.
 * @returns the serialized ONNX model
 */
export function trace(request: TraceRequest): Uint8Array {
  const before = tf.getBackend();
  const builder = new GraphBuilder(request.axes);
  void tf.setBackend(TRACE_BACKEND);
  traceBackend.begin(builder);
  try {
    tf.tidy(() => {
      const tensors: Record<string, Tensor> = {};
      for (const { name, type, shape } of request.inputs) {
        builder.inputs.push({ name, type, shape: builder.namedShape(shape) });
        const dtype: TfDataType = type === 'int64' ? 'int32' : type;
        const value = type === 'int64' ? builder.node('Cast', [name], { to: DATA_TYPES.int32 }) : name;
        tensors[name] = traceBackend.tensor(value, [...shape], dtype);
      }
      for (const { name, shape, data } of request.constants ?? []) {
        tensors[name] = traceBackend.initializer(name, [...shape], data);
      }
      for (const [name, tensor] of Object.entries(request.body(tensors))) {
        builder.node('Identity', [traceBackend.nameOf(tensor)], {}, { output: name });
        builder.outputs.push({
          name,
          type: tensor.dtype === 'int32' ? 'int32' : 'float32',
          shape: builder.namedShape(tensor.shape),
        });
      }
    });
    const graph = builder.build(request.name);
    fuseGemmBias(graph);
    dropOutputCopies(graph);
    return encodeModel(graph);
  } finally {
    traceBackend.end();
    if (before !== undefined && before !== '' && before !== TRACE_BACKEND) void tf.setBackend(before);
  }
}
