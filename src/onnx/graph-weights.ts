// The weights inside an ONNX file that `exportClassifier` wrote, by the names of the checkpoint.
import { readFile } from 'node:fs/promises';
import { tensorShapes, type BertConfig } from '../bert/config.js';
import type { Weights } from '../bert/weights.js';
import { DATA_TYPES, decodeModel, PRODUCER } from './model-proto.js';

/** @returns null for a file of another maker, or of another model than `config` describes. */
export async function readGraphWeights(file: string, config: BertConfig): Promise<Weights | null> {
  const bytes = await readFile(file);
  let decoded: ReturnType<typeof decodeModel>;
  try {
    decoded = decodeModel(bytes);
  } catch {
    return null; // values that Nunchi's own graphs do not hold: ONNX Runtime judges the file itself
  }
  if (decoded.producer !== PRODUCER) return null;
  const tensors = new Map(decoded.graph.initializer.map((tensor) => [tensor.name, tensor]));
  const weights: Weights = new Map();
  for (const [name, shape] of tensorShapes(config)) {
    const tensor = tensors.get(name);
    if (tensor?.dataType !== DATA_TYPES.float32 || tensor.dims.join() !== shape.join()) return null;
    // A copy, because the bytes in the file are not aligned.
    weights.set(name, { shape, data: new Float32Array(new Uint8Array(tensor.rawData).buffer) });
  }
  return weights;
}
