// The choice of an engine: wrong ones are seen through and named with their reason, the fastest of the others is taken.
import { describe, expect, it } from 'vitest';
import type { TrainingEngine, TrainingSetup } from '../../../src/train/engine.js';
import { candidatesOf, chooseEngine, openChosen, type Choice } from '../../../src/train/engines/choose.js';
import { createOnnxRuntimeEngine } from '../../../src/train/engines/onnxruntime.js';
import { probeEngine } from '../../../src/train/engines/probe.js';
import { AGREEMENT_TOLERANCE } from '../../../src/train/engines/reference.js';
import { ADAMW_DEFAULTS } from '../../../src/train/adamw.js';
import { classification } from '../../../src/train/objective.js';
import {
  altered,
  candidate,
  notFinite,
  throwing,
  unavailable,
  wrongGradient,
} from '../../fakes/training-engines.js';
import { randomWeights, TINY_CONFIG } from '../../fixtures/random-model.js';

const untimed = { threads: 1, timed: false };
const honest = (name: string) => altered(name, () => ({}));

describe('the probe of an engine', () => {
  it('finds ONNX Runtime on the processor in close agreement, and times a step', async () => {
    const probe = await probeEngine(createOnnxRuntimeEngine('cpu'), { threads: 1, timed: true });
    expect(probe).toMatchObject({ name: 'onnxruntime-cpu', state: 'agrees', reason: null });
    expect(probe.deviation?.update).toBeLessThan(AGREEMENT_TOLERANCE.update / 1000);
    expect(probe.stepMs).toBeGreaterThan(0);
  });

  it.each([
    'bert.embeddings.word_embeddings.weight',
    'bert.encoder.layer.1.attention.self.query.weight',
    'bert.encoder.layer.0.output.LayerNorm.bias',
    'classifier.weight',
  ])('rejects a wrong gradient of %s alone, and names it', async (weight) => {
    const probe = await probeEngine(wrongGradient(weight), untimed);
    expect(probe.state).toBe('rejected');
    expect(probe.reason).toContain(`its update of ${weight} by 2.0`);
  });

  it('rejects a loss that is not a number, and a gradient of another length', async () => {
    expect(await probeEngine(notFinite, untimed)).toMatchObject({
      state: 'rejected',
      reason: expect.stringMatching(/its loss by NaN/) as string,
    });
    const unclipped = altered('unclipped', (session) => ({
      step: async (batch, rate) => {
        const result = await session.step(batch, rate);
        return { ...result, gradientNorm: result.gradientNorm * 1.1 };
      },
    }));
    expect((await probeEngine(unclipped, untimed)).reason).toMatch(/norm of its gradient by 0.10/);
  });

  it('tells an engine that lacks something from one that is broken', async () => {
    expect(await probeEngine(unavailable, untimed)).toMatchObject({
      state: 'unavailable',
      reason: 'no such device',
      hint: 'Buy the device.',
    });
    expect(await probeEngine(throwing, untimed)).toMatchObject({
      state: 'rejected',
      reason: 'x is not a function',
    });
  });
});

describe('choosing an engine', () => {
  it('takes the fastest that agrees, and names the others with their reasons', async () => {
    const choice = await chooseEngine(
      [
        candidate(wrongGradient('classifier.bias'), 1),
        candidate(notFinite, 1),
        candidate(unavailable, 1),
        candidate(throwing, 1),
        candidate(honest('slow'), 900),
        candidate(honest('quick'), 30),
      ],
      1,
    );
    expect(choice.engines.map(({ name }) => name)).toEqual(['quick', 'slow']);
    expect(choice.passedOver).toEqual([
      expect.stringMatching(
        /^wrong-gradient: does not agree with the reference: its update of classifier.bias/,
      ),
      expect.stringMatching(/^not-finite: does not agree with the reference: its loss by NaN/),
      'unavailable: no such device',
      'throwing: x is not a function',
      'slow: slower, 900.0 ms a step against 30.0 ms of quick',
    ]);
  });

  it('holds the only engine to the reference without timing it', async () => {
    const { probes } = await chooseEngine([candidate(unavailable, null), candidate(honest('only'), 5)], 1);
    expect(probes.map(({ state, stepMs }) => [state, stepMs])).toEqual([
      ['unavailable', null],
      ['agrees', null],
    ]);
  });

  it('says what each one lacks where none can be used', async () => {
    await expect(chooseEngine([candidate(unavailable, 1), candidate(notFinite, 1)], 1)).rejects.toMatchObject(
      {
        code: 'engine-unavailable',
        message: expect.stringMatching(/unavailable: no such device; not-finite: does not agree/) as string,
      },
    );
  });

  it('tries only what was asked for', () => {
    const names = (request: Parameters<typeof candidatesOf>[0]) =>
      candidatesOf(request).map(({ name }) => name);
    expect(names('onnxruntime-webgpu')).toEqual(['onnxruntime-webgpu']);
    expect(names('onnxruntime')).toEqual(['onnxruntime-cuda', 'onnxruntime-webgpu', 'onnxruntime-cpu']);
    expect(names('tfjs')).toEqual(['tfjs-node-gpu', 'tfjs-node']);
    expect(names('auto')).toHaveLength(5);
  });
});

describe('opening the chosen engine', () => {
  const setup: TrainingSetup = {
    config: TINY_CONFIG,
    objective: classification,
    optimizer: ADAMW_DEFAULTS,
    state: { weights: randomWeights(TINY_CONFIG, 1), m: new Map(), v: new Map(), step: 0 },
    seed: 1,
    threads: 1,
  };
  const choice = (...engines: TrainingEngine[]): Choice => ({
    engines,
    probes: [],
    passedOver: engines.slice(1).map(({ name }) => `${name}: slower`),
  });

  it('falls back to the next one where the first lacks what this model needs', async () => {
    const opened = await openChosen(choice(unavailable, honest('next')), setup);
    expect(opened.engine.name).toBe('next');
    expect(opened.passedOver).toEqual(['unavailable: no such device']);
    await opened.session.dispose();
  });

  it('hides no other failure by falling back', async () => {
    await expect(openChosen(choice(throwing, honest('next')), setup)).rejects.toThrow('x is not a function');
  });
});
