// BERT-base's size, for train-base and train-peak.
import { configOf, type TrainingSize } from './training.js';

export const BASE_SIZE: TrainingSize = {
  name: 'train-base',
  config: configOf({
    layers: 12,
    hiddenSize: 768,
    heads: 12,
    intermediateSize: 3072,
    vocabularySize: 32_000,
  }),
  batch: 16,
  length: 64,
  steps: 1,
  curveSteps: 4,
  goal: 1.3,
};
