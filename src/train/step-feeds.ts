// The values fed into a step beside the optimizer's state, as flat arrays, the same for every engine.
import { NunchiError } from '../errors.js';
import { adamWScalars } from './adamw.js';
import { dropoutSites, fillMask } from './dropout.js';
import type { TrainingBatch, TrainingSetup } from './engine.js';
import { stepInputs } from './step.js';

export interface Feed {
  name: string;
  type: 'int32' | 'float32';
  shape: number[];
  data: Int32Array | Float32Array;
}

/** Makes the feeds of one step after the other; mask buffers are reused while the batch's size stays. */
export function createFeeder(
  setup: Omit<TrainingSetup, 'state'>,
): (batch: TrainingBatch, learningRate: number, step: number) => Feed[] {
  const buffers = new Map<string, Float32Array>();
  const buffer = (name: string, size: number) => {
    let whole = buffers.get(name);
    if (whole === undefined || whole.length < size) buffers.set(name, (whole = new Float32Array(size)));
    return whole.subarray(0, size);
  };
  return (batch, learningRate, step) => {
    const masks: Record<string, Float32Array> = {};
    dropoutSites(setup.config, batch.batch, batch.length, setup.objective.lastLayer).forEach(
      (site, index) => {
        const mask = buffer(
          site.name,
          site.shape.reduce((product, d) => product * d, 1),
        );
        fillMask(mask, site.rate, setup.seed, step, index);
        masks[site.name] = mask;
      },
    );
    const scalars = adamWScalars(setup.optimizer, learningRate, step + 1);
    const all: Record<string, Int32Array | Float32Array> = { ...batch.tokens, ...batch.inputs, ...masks };
    for (const [name, value] of Object.entries(scalars)) all[name] = Float32Array.of(value);
    const { rowsInput } = setup.objective;
    const rows = rowsInput === undefined ? 0 : (batch.inputs[rowsInput]?.length ?? 0);
    return stepInputs(setup.config, setup.objective, batch.batch, batch.length, rows).map((input) => {
      const data = all[input.name];
      if (data === undefined) throw new Error(`the batch has no ${input.name}`);
      return { ...input, data };
    });
  };
}

/** @throws NunchiError `training-failed` */
export function checkFinite(loss: number, gradientNorm: number, step: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return;
  throw new NunchiError('training-failed', `the loss stopped being a finite number at step ${step}`, {
    hint: 'Lower the learning rate; the model in use is unchanged.',
  });
}
