// A TensorFlow.js backend that computes nothing: each kernel appends ONNX nodes to a graph.
// A tensor's data id stands for a named ONNX value.
import { kernels, type Emit } from './kernels.js';
import type { DataType as OnnxType } from './model-proto.js';
import type { GraphBuilder } from './graph-builder.js';
import { type TypedData } from './graph-builder.js';
import { tf, type DataType, type Tensor, type TensorInfo } from './tfjs.js';

export const TRACE_BACKEND = 'onnx-trace';

type BackendValues = Parameters<InstanceType<typeof tf.KernelBackend>['write']>[0];

interface Value {
  name: string;
  shape: number[];
  dtype: DataType;
}

function onnxType(dtype: DataType): 'float32' | 'int32' | 'bool' {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new TypeError(`a trace has no tensors of type ${dtype}`);
}

function isUniform(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i += 1) if (values[i] !== values[0]) return false;
  return true;
}

class TraceBackend extends tf.KernelBackend {
  private readonly values = new Map<object, Value>();
  private current: GraphBuilder | null = null;

  begin(builder: GraphBuilder): void {
    this.current = builder;
  }

  end(): void {
    this.current = null;
    this.values.clear();
  }

  get builder(): GraphBuilder {
    if (this.current === null) throw new Error(`the ${TRACE_BACKEND} backend works only inside trace()`);
    return this.current;
  }

  /** A new tensor handle for the ONNX value `name`. */
  handle(name: string, shape: number[], dtype: DataType): TensorInfo {
    const dataId = {};
    this.values.set(dataId, { name, shape, dtype });
    return { dataId, shape, dtype };
  }

  nameOf(tensor: TensorInfo): string {
    const value = this.values.get(tensor.dataId);
    if (value === undefined)
      throw new Error('a tensor from outside the trace was used inside it: make it an input or a constant');
    return value.name;
  }

  override write(backendValues: BackendValues, shape: number[], dtype: DataType): object {
    const { builder } = this;
    const values = backendValues as ArrayLike<number>;
    const type = onnxType(dtype);
    let name: string;
    if (shape.some((d) => builder.isFree(d))) {
      if (!isUniform(values))
        throw new Error(`a constant of the free shape [${shape.join()}] must hold one value only`);
      const scalar = this.constant(type, [], [values[0] ?? 0]);
      name = builder.node('Expand', [scalar, builder.shape(shape)]);
    } else {
      name = this.constant(type, shape, values);
    }
    const dataId = {};
    this.values.set(dataId, { name, shape, dtype });
    return dataId;
  }

  /** An initializer with a name of its own, such as a weight. */
  initializer(name: string, shape: number[], data: TypedData): Tensor {
    this.builder.initializer(name, 'float32', shape, data);
    return this.tensor(name, shape, 'float32');
  }

  tensor(name: string, shape: number[], dtype: DataType): Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.handle(name, shape, dtype));
  }

  override readSync(): never {
    throw new Error('a trace has no values: the traced function must not look at the content of its tensors');
  }
  override read(): never {
    return this.readSync();
  }
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {
    // Values of a trace live until its end.
  }
  override refCount(): number {
    return 1;
  }
  override numDataIds(): number {
    return this.values.size;
  }
  override memory() {
    return { unreliable: true };
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override dispose(): void {
    this.end();
  }

  private constant(type: OnnxType, shape: number[], values: ArrayLike<number>): string {
    const { builder } = this;
    if (type === 'bool') {
      return builder.initializer(builder.uniqueName('constant'), 'bool', shape, Uint8Array.from(values));
    }
    const size = values.length;
    if (size <= 16) return builder.constant(type as 'float32' | 'int32', shape, Array.from(values));
    const data = type === 'float32' ? Float32Array.from(values) : Int32Array.from(values);
    return builder.initializer(builder.uniqueName('constant'), type, shape, data);
  }
}

export const traceBackend = new TraceBackend();

tf.registerBackend(TRACE_BACKEND, () => traceBackend, 0);

for (const [kernelName, kernel] of Object.entries(kernels)) {
  tf.registerKernel({
    kernelName,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const builder = traceBackend.builder;
      const emit: Emit = {
        builder,
        name: (tensor) => traceBackend.nameOf(tensor),
        result: (name, shape, dtype) => traceBackend.handle(name, [...shape], dtype),
        onnxType,
      };
      return kernel(emit, inputs as Record<string, TensorInfo>, attrs ?? {});
    },
  });
}
