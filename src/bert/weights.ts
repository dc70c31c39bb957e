// Named weights in memory, always float32.

export interface WeightTensor {
  shape: number[];
  /** Row-major; length is the product of `shape`. */
  data: Float32Array;
}

/** Hugging Face tensor name to tensor. */
export type Weights = Map<string, WeightTensor>;
