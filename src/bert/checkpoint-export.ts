// A model directory written as the standard folder that transformers.js, transformers and ONNX Runtime open unchanged:
// the same weights byte for byte, and ONNX files made from exactly those.
import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { NunchiError } from '../errors.js';
import type { BertConfig } from './config.js';
import type { ModelDirectory, ModelManifest, QuantizationRecord } from './model-directory.js';
import { writeNewDirectory, type FileContent } from './model-files.js';
import type { Weights } from './weights.js';

interface CheckpointExport {
  model: ModelDirectory;
  /** Where the folder is written; must not exist. */
  out: string;
  /** Makes `onnx/model.onnx` (float32) from the weights. */
  toOnnx: (config: BertConfig, weights: Weights) => Uint8Array;
  /** Makes `onnx/model_quantized.onnx` from the float32 one; none is written where left out. */
  toInt8?: (float32Onnx: Uint8Array) => Uint8Array;
  /**
   * Reads labelled texts with the float and the int8 form of the model's weights. Without it the model's own record counts. An
   * int8 form that is not to be used is not written; one that was never measured is.
   */
  measure?: () => Promise<QuantizationRecord>;
}

const NOT_MEASURED = 'its accuracy was not measured';

async function quantize(
  { model, toInt8, measure }: CheckpointExport,
  onnx: Uint8Array,
): Promise<{ int8?: Uint8Array; record?: QuantizationRecord }> {
  // The weights are the same, and so is what was measured of them before.
  const known = model.manifest.quantization;
  if (toInt8 === undefined) return known === undefined ? {} : { record: known };
  const measured = (await measure?.()) ?? known;
  if (measured === undefined) {
    return { int8: toInt8(onnx), record: { used: false, reason: NOT_MEASURED, evaluations: [] } };
  }
  return { record: measured, ...(measured.used ? { int8: toInt8(onnx) } : {}) };
}

/**
 * @returns the manifest written; its `quantization` tells whether there is an int8 file, and why not
 * @throws NunchiError `model-config-invalid` for a model without a head, `usage` where the folder exists, `disk-full`,
 *   `home-not-writable`, and what reading the model throws
 */
export async function exportCheckpoint(options: CheckpointExport): Promise<ModelManifest> {
  const { model, out } = options;
  if (model.config.labels.length === 0) {
    throw new NunchiError('model-config-invalid', `${model.path}: the model has no labels to export`, {
      hint: 'Train a head first: nunchi finetune.',
    });
  }
  if (existsSync(out)) {
    throw new NunchiError('usage', `${out} exists already`, {
      hint: 'Name a folder that does not exist yet.',
    });
  }
  const onnx = options.toOnnx(model.config, await model.loadWeights());
  const { int8, record } = await quantize(options, onnx);
  const files = new Map<string, FileContent>();
  for (const name of Object.keys(model.manifest.files)) {
    // ONNX files of the source are not trusted to be of these weights.
    if (!name.startsWith('onnx/')) files.set(name, createReadStream(path.join(model.path, name)));
  }
  files.set('onnx/model.onnx', onnx);
  if (int8 !== undefined) files.set('onnx/model_quantized.onnx', int8);
  let manifest: ModelManifest | undefined;
  const { quantization: _, ...rest } = model.manifest;
  await writeNewDirectory(path.resolve(out), files, (hashes) => {
    manifest = { ...rest, ...(record === undefined ? {} : { quantization: record }), files: hashes };
    return ['manifest.json', `${JSON.stringify(manifest, null, 2)}\n`];
  });
  return manifest as ModelManifest;
}
