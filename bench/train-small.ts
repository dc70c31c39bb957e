// Training a small model: what a night on a small server does.
import type { Bench } from './harness.js';
import { benchTraining, configOf } from './training.js';

export const bench: Bench = {
  about: 'training steps of a small model against PyTorch',
  run: () =>
    benchTraining({
      name: 'train-small',
      config: configOf({
        layers: 4,
        hiddenSize: 256,
        heads: 4,
        intermediateSize: 1024,
        vocabularySize: 16_000,
      }),
      batch: 32,
      length: 32,
      steps: 5,
      curveSteps: 50,
      goal: 2.5,
    }),
};
