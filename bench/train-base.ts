// Training a model of BERT-base's size.
import type { Bench } from './harness.js';
import { benchTraining } from './training.js';
import { BASE_SIZE } from './base-size.js';

export const bench: Bench = {
  about: 'training steps of a model of BERT-base size against PyTorch',
  run: () => benchTraining(BASE_SIZE),
};
