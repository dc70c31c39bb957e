// A tiny model with its traced graph, so that a serving process starts quickly; its weights may be changed first.
import { rm } from 'node:fs/promises';
import { openModelDirectory, writeModelDirectory } from '../../src/bert/model-directory.js';
import type { Weights } from '../../src/bert/weights.js';
import { exportClassifier } from '../../src/onnx/classifier-graph.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';

/** @returns `directory` */
export async function makeServedModel(
  directory: string,
  seed: number,
  change: (weights: Weights) => void = () => undefined,
): Promise<string> {
  const plain = `${directory}-plain`;
  const model = await openModelDirectory(await makeTinyModel(plain, { seed }));
  const weights = await model.loadWeights();
  change(weights);
  const { parent, recipe, engine, data, metrics } = model.manifest;
  await writeModelDirectory(directory, {
    config: model.config,
    weights,
    tokenizerFrom: plain,
    manifest: { parent, recipe, seed, engine, data, metrics },
    card: 'tiny',
    onnx: exportClassifier(model.config, weights),
    precision: 'float32',
  });
  await rm(plain, { recursive: true });
  return directory;
}
