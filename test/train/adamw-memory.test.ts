// AdamW in WebAssembly memory against PyTorch's arithmetic in double precision.
import { describe, expect, it } from 'vitest';
import { ADAMW_DEFAULTS } from '../../src/train/adamw.js';
import { createAdamWMemory } from '../../src/train/adamw-memory.js';
import { createRandom } from '../../src/bert/random.js';
import { ADAMW_TOLERANCE } from '../fixtures/tolerances.js';

// Sizes that do and do not fill whole groups of four; a bias is not decayed.
const SIZES = new Map([
  ['a.weight', 1],
  ['b.weight', 5],
  ['b.bias', 8],
  ['c.weight', 1027],
]);

describe('createAdamWMemory', () => {
  it('updates every weight in place over several steps', () => {
    const factor = (name: string) => (name === 'b.weight' ? 0.25 : 1);
    const optimizer = { ...ADAMW_DEFAULTS, weightDecay: 0.1, rateFactor: factor };
    const memory = createAdamWMemory(SIZES, optimizer);
    const random = createRandom(2);
    const expected = new Map(
      [...SIZES].map(([name, size]) => {
        const value = Float32Array.from({ length: size }, () => random.normal());
        memory.slots.get(name)?.value.set(value);
        return [name, Array.from(value, (p) => ({ p, m: 0, v: 0 }))];
      }),
    );
    for (let t = 1; t <= 5; t += 1) {
      const [rate, clip] = [1e-2 / t, t % 2 === 0 ? 0.3 : 1];
      for (const [name, slot] of memory.slots) {
        const lr = rate * factor(name);
        slot.gradient.forEach((_, i) => (slot.gradient[i] = random.normal() * 10 ** -(i % 5)));
        expected.get(name)?.forEach((state, i) => {
          const g = (slot.gradient[i] as number) * clip;
          if (!name.endsWith('bias')) state.p *= 1 - lr * optimizer.weightDecay;
          state.m = optimizer.beta1 * state.m + (1 - optimizer.beta1) * g;
          state.v = optimizer.beta2 * state.v + (1 - optimizer.beta2) * g * g;
          const denominator = Math.sqrt(state.v / (1 - optimizer.beta2 ** t)) + optimizer.epsilon;
          state.p -= ((lr / (1 - optimizer.beta1 ** t)) * state.m) / denominator;
        });
      }
      memory.update(rate, t, clip);
    }
    for (const [name, states] of expected) {
      const slot = memory.slots.get(name);
      states.forEach(({ p, m, v }, i) => {
        const where = `${name}[${i}]`;
        expect(Math.abs((slot?.value[i] as number) - p), where).toBeLessThan(ADAMW_TOLERANCE);
        expect(Math.abs((slot?.m[i] as number) - m), where).toBeLessThan(ADAMW_TOLERANCE);
        expect(Math.abs((slot?.v[i] as number) - v), where).toBeLessThan(ADAMW_TOLERANCE);
      });
    }
  });

  it('keeps each weight with its gradient in arrays that do not overlap', () => {
    const { slots } = createAdamWMemory(SIZES, ADAMW_DEFAULTS);
    let mark = 0;
    const all = [...slots.values()].flatMap(({ value, m, v, gradient }) => [value, m, v, gradient]);
    for (const array of all) array.fill((mark += 1));
    all.forEach((array, i) => expect([...new Set(array)]).toEqual([i + 1]));
    expect([...slots].map(([name, { value }]) => [name, value.length])).toEqual([...SIZES]);
  });
});
