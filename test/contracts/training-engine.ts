// What every training engine must do; each engine's own test is a few lines that call this.
import { describe, expect, it } from 'vitest';
import { ADAMW_DEFAULTS, type AdamWConfig } from '../../src/train/adamw.js';
import type { Weights } from '../../src/bert/weights.js';
import type { Anchor } from '../../src/train/anchor.js';
import type { OptimizerState, TrainingEngine, TrainingSession } from '../../src/train/engine.js';
import { layerFactor } from '../../src/train/layer-decay.js';
import { classification } from '../../src/train/objective.js';
import { randomBatch, randomWeights, TINY_CONFIG } from '../fixtures/random-model.js';
import { ADAMW_TOLERANCE, RESUME_TOLERANCE } from '../fixtures/tolerances.js';

const config = { ...TINY_CONFIG, layers: 1, hiddenSize: 16, heads: 2, intermediateSize: 24 };

function open(
  engine: TrainingEngine,
  state?: OptimizerState,
  optimizer: AdamWConfig = ADAMW_DEFAULTS,
  anchor?: Anchor,
): Promise<TrainingSession> {
  const fresh = { weights: randomWeights(config, 4), m: new Map(), v: new Map(), step: 0 };
  const setup = { config, objective: classification, optimizer, seed: 8, threads: 1 };
  return engine.open({ ...setup, ...(anchor === undefined ? {} : { anchor }), state: state ?? fresh });
}

const batch = (step: number) => randomBatch(config, 3, 5 + (step % 2) * 4, step);

async function run(session: TrainingSession, from: number, to: number): Promise<void> {
  for (let step = from; step < to; step += 1) await session.step(batch(step), 1e-3);
}

/** @param missing why the engine cannot be had on this machine, which skips its tests and stands in their name */
export function trainingEngineContract(engine: TrainingEngine, missing: string | null = null): void {
  const title = `training engine ${engine.name}`;
  if (missing !== null) {
    it.skip(`${title} (not on this machine: ${missing})`);
    return;
  }
  describe(title, () => {
    it('brings the loss down on a batch it sees again and again', async () => {
      const session = await open(engine);
      const first = await session.step(batch(0), 1e-2);
      let last = first;
      for (let i = 0; i < 15; i += 1) last = await session.step(batch(0), 1e-2);
      expect(last.loss).toBeLessThan(first.loss / 2);
      expect(first.gradientNorm).toBeGreaterThan(0);
      await session.dispose();
    });

    it('goes on from a state as if it had never stopped', async () => {
      const unbroken = await open(engine);
      await run(unbroken, 0, 5);
      const first = await open(engine);
      await run(first, 0, 2);
      const resumed = await open(engine, await first.state());
      await run(resumed, 2, 5);
      const [a, b] = [await unbroken.state(), await resumed.state()];
      expect(b.step).toBe(5);
      for (const part of ['weights', 'm', 'v'] as const) {
        for (const [name, tensor] of a[part]) {
          const other = b[part].get(name)?.data as Float32Array;
          const worst = tensor.data.reduce(
            (w, value, i) => Math.max(w, Math.abs(value - (other[i] as number))),
            0,
          );
          expect(worst, `${part} ${name}`).toBeLessThan(RESUME_TOLERANCE);
        }
      }
      await Promise.all([unbroken, first, resumed].map((session) => session.dispose()));
    });

    it('hands out a state that later steps do not change', async () => {
      const session = await open(engine);
      await run(session, 0, 1);
      const { weights } = await session.state();
      const copy = new Map([...weights].map(([name, tensor]) => [name, tensor.data.slice()]));
      await run(session, 1, 3);
      for (const [name, tensor] of weights) expect(tensor.data, name).toEqual(copy.get(name));
      await session.dispose();
    });

    it('moves and decays each weight by its own learning rate', async () => {
      const factor = (name: string) => layerFactor(name, config.layers, 0.5);
      const changes = async (optimizer: AdamWConfig) => {
        const session = await open(engine, undefined, optimizer);
        await session.step(batch(0), 1e-2);
        const { weights } = await session.state();
        await session.dispose();
        const start = randomWeights(config, 4);
        return new Map(
          [...weights].map(([name, { data }]) => [
            name,
            data.map((value, i) => value - (start.get(name)?.data[i] as number)),
          ]),
        );
      };
      const optimizer = { ...ADAMW_DEFAULTS, weightDecay: 0.1 };
      const even = await changes(optimizer);
      const layered = await changes({ ...optimizer, rateFactor: factor });
      for (const [name, whole] of even) {
        const worst = whole.reduce(
          (w, change, i) => Math.max(w, Math.abs(change * factor(name) - (layered.get(name)?.[i] as number))),
          0,
        );
        expect(worst, name).toBeLessThan(ADAMW_TOLERANCE);
      }
    });

    it.each([false, true])(
      'is pulled back to its anchor after every update, weighted: %s',
      async (weighted) => {
        const base = randomWeights(config, 5);
        // From 0 on: what does not matter is not pulled at all.
        const importance: Weights = new Map(
          [...base].map(([name, { shape, data }]) => [
            name,
            { shape, data: data.map((_, i) => (i % 3) * 0.5) },
          ]),
        );
        const factor = (name: string) => layerFactor(name, config.layers, 0.5);
        const optimizer = { ...ADAMW_DEFAULTS, rateFactor: factor };
        const anchor: Anchor = { weights: base, strength: 40, ...(weighted ? { importance } : {}) };
        const [free, held] = [
          await open(engine, undefined, optimizer),
          await open(engine, undefined, optimizer, anchor),
        ];
        await run(free, 0, 1);
        await run(held, 0, 1);
        const [unheld, pulled] = [(await free.state()).weights, (await held.state()).weights];
        for (const [name, { data }] of pulled) {
          data.forEach((value, i) => {
            const matters = weighted ? (importance.get(name)?.data[i] as number) : 1;
            const k = 1e-3 * factor(name) * 40 * matters;
            const [theta, theta0] = [unheld.get(name)?.data[i] as number, base.get(name)?.data[i] as number];
            expect(Math.abs(value - (theta + k * theta0) / (1 + k)), name).toBeLessThan(ADAMW_TOLERANCE);
          });
        }
        await Promise.all([free, held].map((session) => session.dispose()));
      },
    );

    it('stops with a coded error where the loss is no longer finite', async () => {
      const weights = randomWeights(config, 4);
      weights.get('classifier.bias')?.data.fill(Number.NaN);
      const session = await open(engine, { weights, m: new Map(), v: new Map(), step: 0 });
      await expect(session.step(batch(0), 1e-3)).rejects.toMatchObject({ code: 'training-failed' });
      await session.dispose();
    });
  });
}
