// A classification model opened for inference in ONNX Runtime.

export interface LogitsSession {
  readonly engine: string;
  /**
   * @param rows token ids per text, each `[CLS] … [SEP]`, padded here to the longest.
   * @returns row-major `[rows, labels]`.
   */
  run(rows: readonly (readonly number[])[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}
