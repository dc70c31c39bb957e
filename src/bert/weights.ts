// Named weights, always float32: in memory, or read from a file when they are needed.

export interface WeightTensor {
  shape: number[];
  /** Row-major; length is the product of `shape`. */
  data: Float32Array;
}

/** Hugging Face tensor name to tensor. */
export type Weights = Map<string, WeightTensor>;

/** A tensor that is read when it is needed. */
export interface TensorSource {
  shape: number[];
  /** Row-major. @throws NunchiError `model-missing-file`, `model-weights-invalid` */
  read(): Promise<Float32Array>;
}

/** As `Weights`, too large to be held in memory all at once. */
export type WeightSources = ReadonlyMap<string, WeightTensor | TensorSource>;
