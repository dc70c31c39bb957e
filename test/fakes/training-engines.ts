// Engines that are wrong in one way each, around a real one: what the choice of an engine must see through.
import { NunchiError } from '../../src/errors.js';
import type { TrainingEngine, TrainingSession } from '../../src/train/engine.js';
import type { Candidate } from '../../src/train/engines/choose.js';
import { probeEngine } from '../../src/train/engines/probe.js';
import { createTfjsEngine } from '../../src/train/engines/tfjs.js';

/** The real engine with some of its session replaced. */
export function altered(
  name: string,
  alter: (session: TrainingSession) => Partial<TrainingSession>,
): TrainingEngine {
  const real = createTfjsEngine('tfjs-cpu');
  return {
    name,
    async open(setup) {
      const session = await real.open(setup);
      return { ...session, ...alter(session) };
    },
  };
}

/** Right in shape, loss and norm; the gradient of one weight is taken with the wrong sign. */
export function wrongGradient(weight: string): TrainingEngine {
  const real = createTfjsEngine('tfjs-cpu');
  return {
    name: 'wrong-gradient',
    async open(setup) {
      const session = await real.open(setup);
      const start = setup.state.weights.get(weight)?.data.slice() as Float32Array;
      return {
        ...session,
        async state() {
          const state = await session.state();
          const tensor = state.weights.get(weight) as { data: Float32Array };
          tensor.data = tensor.data.map((value, i) => 2 * (start[i] as number) - value);
          return state;
        },
      };
    },
  };
}

export const notFinite: TrainingEngine = altered('not-finite', (session) => ({
  step: async (batch, rate) => ({ ...(await session.step(batch, rate)), loss: Number.NaN }),
}));

export const unavailable: TrainingEngine = {
  name: 'unavailable',
  open: () =>
    Promise.reject(new NunchiError('engine-unavailable', 'no such device', { hint: 'Buy the device.' })),
};

export const throwing: TrainingEngine = {
  name: 'throwing',
  open: () => Promise.reject(new TypeError('x is not a function')),
};

/**
 * @param stepMs what its timing is taken to be: this process tells nothing of the speed of an engine; null times it
 */
export function candidate(engine: TrainingEngine, stepMs: number | null): Candidate {
  return {
    name: engine.name,
    create: () => engine,
    check: () => Promise.resolve(),
    probe: async (options) => {
      const probe = await probeEngine(engine, { ...options, timed: options.timed && stepMs === null });
      return probe.state === 'agrees' && options.timed ? { ...probe, stepMs: stepMs ?? probe.stepMs } : probe;
    },
    safe: false,
  };
}
