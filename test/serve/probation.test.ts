// When a new model does badly: errors and latency in its first minutes, beside limits and the model before.
import { beforeEach, describe, expect, it } from 'vitest';
import { createProbation, type Probation, type ProbationLimits } from '../../src/serve/probation.js';

const LIMITS: ProbationLimits = {
  windowMs: 600_000,
  minRequests: 50,
  maxErrorRate: 0.02,
  p99Ms: 500,
  p99Times: 2,
};

let clock: number;
let failures: [version: string, reason: string][];
let probation: Probation;

function create(limits: Partial<ProbationLimits> = {}): void {
  clock = 0;
  failures = [];
  probation = createProbation({
    limits: { ...LIMITS, ...limits },
    onFailure: (version, reason) => failures.push([version, reason]),
    now: () => clock,
  });
}
beforeEach(() => create());

const answers = (version: string, count: number, durationMs: number, texts = 1) => {
  for (let i = 0; i < count; i += 1) probation.observe({ version, texts, durationMs, error: null });
};
const fails = (version: string, count: number, error: 'serving-failed' | 'busy' = 'serving-failed') => {
  for (let i = 0; i < count; i += 1) probation.observe({ version, texts: 1, durationMs: 1, error });
};

describe('a new model', () => {
  it('is left alone where it answers as the one before', () => {
    answers('old', 200, 20);
    probation.watch('new');
    answers('new', 1000, 25);
    expect(failures).toEqual([]);
  });

  it('fails where too many of its requests do, told once', () => {
    answers('old', 200, 20);
    probation.watch('new');
    answers('new', 100, 20);
    fails('new', 2);
    expect(failures).toEqual([]);
    fails('new', 5);
    expect(failures).toEqual([['new', '3 of its first 103 requests failed']]);
  });

  it('is not judged by a few requests', () => {
    probation.watch('new');
    fails('new', 49);
    expect(failures).toEqual([]);
    fails('new', 1);
    expect(failures).toHaveLength(1);
  });

  it('is not blamed for a full queue, nor for what the model before still answers', () => {
    probation.watch('new');
    fails('new', 100, 'busy');
    fails('old', 100);
    expect(failures).toEqual([]);
  });

  it('fails where it is much slower than the one before', () => {
    answers('old', 200, 30);
    probation.watch('new');
    answers('new', 60, 600);
    expect(failures).toEqual([
      ['new', '1 of 100 answers took more than 600 ms, and 30 ms with the model before'],
    ]);
  });

  it('may be much slower where nobody notices', () => {
    answers('old', 200, 2);
    probation.watch('new');
    answers('new', 200, 300);
    expect(failures).toEqual([]);
  });

  it('fails above the limit, unless the machine was as slow before', () => {
    answers('old', 200, 400);
    probation.watch('new');
    answers('new', 60, 900);
    expect(failures).toHaveLength(1);
    create();
    answers('old', 200, 900);
    probation.watch('new');
    answers('new', 60, 1000);
    expect(failures).toEqual([]);
    create();
    probation.watch('new');
    answers('new', 60, 600);
    expect(failures).toHaveLength(1);
  });

  it('is not measured by requests of many texts', () => {
    answers('old', 200, 20);
    probation.watch('new');
    answers('new', 60, 20);
    answers('new', 200, 2000, 64);
    expect(failures).toEqual([]);
  });

  it('is no longer watched after its first minutes, and is what the next one is measured by', () => {
    answers('old', 200, 20);
    probation.watch('new');
    answers('new', 100, 55);
    clock = LIMITS.windowMs;
    answers('new', 1, 55);
    answers('new', 100, 900);
    expect(failures).toEqual([]);
    probation.watch('newer');
    answers('newer', 100, 1000);
    expect(failures).toEqual([]);
  });

  it('is not watched at all where that is switched off', () => {
    create({ windowMs: 0 });
    probation.watch('new');
    fails('new', 1000);
    expect(failures).toEqual([]);
  });
});
