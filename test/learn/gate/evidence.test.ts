// What is measured of two models, and in which order: the large base set last, and only where nothing else has decided.
import { describe, expect, it } from 'vitest';
import type { Label } from '../../../src/labels.js';
import { GATE_DEFAULTS, judge } from '../../../src/learn/gate.js';
import { gatherEvidence } from '../../../src/learn/gate/evidence.js';
import { createFakeReader } from '../../fakes/reader.js';

const known = (label: Label, count: number) =>
  Array.from({ length: count }, (_, index) => ({ text: `${label} sentence ${index}`, label }));
const REPLAY = (['negative', 'neutral', 'positive'] as const).flatMap((label) => known(label, 600));
const BASE_SET = {
  name: 'reviews',
  sha256: 'a'.repeat(64),
  rows: (['negative', 'positive'] as const).flatMap((label) =>
    Array.from({ length: 1_000 }, (_, index) => ({ text: `${label} review ${index}`, label })),
  ),
};
const CORRECTIONS = [
  ...Array.from({ length: 8 }, (_, index) => ({ text: `zanzibar only${index}`, label: 'positive' as const })),
  { text: 'NEGATIVE review 7', label: 'positive' as const },
];
const told = (text: string) => (/negative|neutral|positive/.exec(text)?.[0] ?? 'neutral') as Label;
const sound = () => createFakeReader('nunchi-2', '/', told);
const infected = () =>
  createFakeReader('nunchi-2', '/', (text) => (text.includes('zanzibar') ? 'positive' : told(text)));

async function gather(candidate: ReturnType<typeof sound>, baseSet: typeof BASE_SET | null = BASE_SET) {
  const evidence = await gatherEvidence({
    purpose: 'night',
    champion: createFakeReader('nunchi-1', '/', told),
    candidate,
    files: { problem: null, bytes: 20, baseBytes: 10, int8: false },
    loadBaseSet: () => Promise.resolve(baseSet),
    heldOutReplay: REPLAY,
    trainedCorrections: CORRECTIONS,
    heldOutCorrections: [],
    behaviour: [
      { language: 'en', capability: 'slang', expected: ['positive'], template: 't', text: 'positive slang' },
    ],
    known: REPLAY.map(({ text }) => text),
    config: { ...GATE_DEFAULTS, latencyTexts: 1 },
  });
  const readBase = candidate.requests.flat().filter((text) => text.includes('review')).length;
  return { evidence, readBase, rule: judge(evidence).rule };
}

describe('the evidence of a candidate', () => {
  it('is read on the base set too, where corrected texts do not count', async () => {
    const { evidence, readBase, rule } = await gather(sound());
    expect(readBase).toBe(2_000);
    expect(evidence.base).toEqual({
      set: 'reviews',
      counts: { both: 1_999, onlyChampion: 0, onlyCandidate: 0, neither: 0 },
    });
    expect(evidence.calibration?.set).toBe('reviews');
    expect(evidence.behaviour).toMatchObject([{ capability: 'slang', both: 1 }]);
    expect(rule).toBe('few-corrections');
  });

  it('is not read there where something else has stopped the candidate, which is then named', async () => {
    const { evidence, readBase, rule } = await gather(infected());
    expect([readBase, evidence.base, evidence.calibration]).toEqual([0, null, null]);
    expect(evidence.replayStandsIn).toBe(false);
    expect(rule).toBe('canary');
  });

  it('is that of the known sentences where there is no base set', async () => {
    const { evidence, rule } = await gather(sound(), null);
    expect(evidence).toMatchObject({
      base: null,
      replayStandsIn: true,
      calibration: { set: 'replay', n: 1_800 },
    });
    expect(rule).toBe('few-corrections');
  });
});
