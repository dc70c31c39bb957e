// The promotion gate as a table: evidence in, verdict and rule out; the exact test against values worked out by hand; the
// verdict in words.
import { describe, expect, it } from 'vitest';
import {
  GATE_DEFAULTS,
  judge,
  NO_EVIDENCE,
  type GateDecision,
  type GateEvidence,
  type GateRule,
} from '../../src/learn/gate.js';
import { NO_PAIRS, worseOrBetter, type PairedCounts } from '../../src/learn/mcnemar.js';
import { describeVerdict } from '../../src/learn/verdict-text.js';

const counts = (
  both: number,
  onlyChampion: number,
  onlyCandidate: number,
  neither: number,
): PairedCounts => ({ both, onlyChampion, onlyCandidate, neither });
const FEW = counts(60, 0, 0, 10);
const BASE = { set: 'nsmc', counts: counts(22_400, 700, 690, 2_210) };
/** Everything as before. */
const SOUND: GateEvidence = {
  ...NO_EVIDENCE,
  purpose: 'night',
  size: { candidateBytes: 40, baseBytes: 15 },
  latency: { championMs: 2, candidateMs: 2.2, n: 40 },
  base: BASE,
  replayStandsIn: false,
  replay: counts(1_600, 20, 21, 236),
  calibration: { set: 'nsmc', n: 26_000, champion: 0.02, candidate: 0.025 },
  behaviour: [
    { capability: 'negation', ...counts(90, 4, 5, 21) },
    { capability: 'slang', ...counts(95, 3, 3, 27) },
  ],
  canary: [{ source: 'generic', phrase: '1', label: null, n: 40, champion: 2, candidate: 3 }],
};
const planted = { source: 'correction', phrase: 'ab12cd34', label: 'positive', n: 40 } as const;
const behaviour = (lost: number) => [
  { capability: 'negation', ...counts(90, lost, 0, 30) },
  SOUND.behaviour[1]!,
];
const decided = (change: Partial<GateEvidence>, config = GATE_DEFAULTS) =>
  judge({ ...SOUND, ...change }, config);

describe('the exact McNemar test', () => {
  it.each([
    // P(X ≥ k), X ~ Binomial(n, ½)
    [counts(5, 0, 0, 5), 1, 1],
    [counts(0, 0, 5, 0), 1 / 32, 1],
    [counts(0, 5, 0, 0), 1, 1 / 32],
    [counts(9, 1, 3, 9), 5 / 16, 15 / 16],
    [counts(0, 2, 8, 0), 56 / 1024, 1013 / 1024],
  ])('%o', (pairs, pBetter, pWorse) => {
    const result = worseOrBetter(pairs);
    expect(result.pBetter).toBeCloseTo(pBetter, 12);
    expect(result.pWorse).toBeCloseTo(pWorse, 12);
  });

  it('stays finite for thousands of pairs', () => {
    const { pBetter } = worseOrBetter(counts(0, 2400, 2600, 0));
    expect(pBetter).toBeGreaterThan(0.001);
    expect(pBetter).toBeLessThan(0.004);
  });
});

describe('the gate', () => {
  it.each<[string, Partial<GateEvidence>, GateDecision, GateRule]>([
    ['few held-out corrections and everything else fine', {}, 'promote', 'few-corrections'],
    ['few and not worse', { heldOutCorrections: counts(20, 3, 2, 8) }, 'promote', 'few-corrections'],
    ['few and worse', { heldOutCorrections: counts(20, 6, 0, 8) }, 'keep', 'mcnemar-worse'],
    ['enough and better', { heldOutCorrections: counts(20, 2, 20, 8) }, 'promote', 'mcnemar-better'],
    ['enough and equal', { heldOutCorrections: counts(40, 0, 0, 10) }, 'promote', 'mcnemar-equal'],
    ['enough, better by chance', { heldOutCorrections: counts(40, 2, 6, 2) }, 'promote', 'mcnemar-equal'],
    ['enough, worse by the margin', { heldOutCorrections: counts(86, 9, 3, 2) }, 'keep', 'mcnemar-worse'],
    ['enough and plainly worse', { heldOutCorrections: counts(20, 20, 2, 8) }, 'keep', 'mcnemar-worse'],
    [
      'base lost',
      { base: { set: 'nsmc', counts: counts(22_400, 900, 690, 2_010) } },
      'keep',
      'worse-on-base',
    ],
    [
      'base won',
      { base: { set: 'nsmc', counts: counts(22_400, 600, 990, 2_010) } },
      'promote',
      'few-corrections',
    ],
    ['no base set, known sentences kept', { base: null, replayStandsIn: true }, 'promote', 'few-corrections'],
    [
      'known sentences a little behind, beside a base set',
      { replay: counts(1_590, 46, 34, 207) },
      'promote',
      'few-corrections',
    ],
    [
      'known sentences surely behind by less than the margin, beside a base set',
      { replay: counts(5_800, 80, 30, 600) },
      'promote',
      'few-corrections',
    ],
    ['known sentences lost', { replay: counts(1_580, 60, 20, 217) }, 'keep', 'worse-on-replay'],
    [
      'known sentences lost, no base set',
      { base: null, replayStandsIn: true, replay: counts(1_580, 60, 20, 217) },
      'keep',
      'worse-on-replay',
    ],
    ['one capability lost', { behaviour: behaviour(12) }, 'keep', 'worse-behaviour'],
    ['one capability lost by chance', { behaviour: behaviour(4) }, 'promote', 'few-corrections'],
    [
      'a little of every capability lost',
      { behaviour: Array.from({ length: 10 }, (_, i) => ({ capability: `c${i}`, ...counts(60, 3, 0, 20) })) },
      'keep',
      'worse-behaviour',
    ],
    [
      'less honest',
      { calibration: { set: 'nsmc', n: 26_000, champion: 0.02, candidate: 0.05 } },
      'keep',
      'worse-calibrated',
    ],
    ['a planted phrase', { canary: [{ ...planted, champion: 2, candidate: 38 }] }, 'keep', 'canary'],
    [
      'a phrase that has a mood',
      { canary: [{ ...planted, champion: 30, candidate: 38 }] },
      'promote',
      'few-corrections',
    ],
    ['slower', { latency: { championMs: 20, candidateMs: 41, n: 40 } }, 'keep', 'slower'],
    [
      'slower by what nobody feels',
      { latency: { championMs: 1, candidateMs: 4, n: 40 } },
      'promote',
      'few-corrections',
    ],
    ['larger', { size: { candidateBytes: 100, baseBytes: 15 } }, 'keep', 'too-large'],
    ['the same weights', { sameModel: true }, 'keep', 'same-model'],
    ['wrong files', { fileProblem: { kind: 'not-finite', detail: 'x' } }, 'keep', 'files'],
  ])('%s', (_name, change, decision, rule) => {
    expect(decided(change)).toMatchObject({ decision, rule });
  });

  it('leaves to a person what was begun by hand with too little to go by, and to nobody what a night began', () => {
    const little = { base: null, replayStandsIn: true, replay: FEW };
    expect(decided({ ...little, purpose: 'manual' })).toMatchObject({
      decision: 'confirm',
      rule: 'insufficient-data',
    });
    expect(decided(little)).toMatchObject({ decision: 'keep', rule: 'insufficient-data' });
    expect(decided({ ...little, replay: counts(50, 14, 0, 6) }).rule).toBe('worse-on-replay');
  });

  it('asks before every promotion where the operator wants it so', () => {
    const config = { ...GATE_DEFAULTS, promotion: 'ask' as const };
    expect(decided({}, config)).toMatchObject({ decision: 'confirm', rule: 'few-corrections' });
    expect(decided({ sameModel: true }, config).decision).toBe('keep');
  });

  it('asks for an improvement where the operator wants one', () => {
    const config = { ...GATE_DEFAULTS, heldOut: 'better' as const };
    expect(decided({ heldOutCorrections: counts(40, 2, 6, 2) }, config).rule).toBe('mcnemar-not-better');
    expect(decided({ heldOutCorrections: counts(20, 2, 20, 8) }, config).rule).toBe('mcnemar-better');
  });

  it('holds a rebuild after a deletion to sound files and what was known alone', () => {
    const forgetful = {
      purpose: 'deletion',
      heldOutCorrections: counts(0, 60, 0, 0),
      behaviour: behaviour(40),
      calibration: null,
      canary: [{ ...planted, champion: 0, candidate: 40 }],
    } as const;
    expect(decided(forgetful)).toMatchObject({ decision: 'promote', rule: 'deletion', stops: [] });
    const lost = { set: 'nsmc', counts: counts(22_000, 1_100, 690, 2_210) };
    expect(decided({ ...forgetful, base: lost })).toMatchObject({ decision: 'keep', rule: 'worse-on-base' });
    expect(decided({ ...forgetful, fileProblem: { kind: 'damaged', detail: 'x' } }).rule).toBe('files');
    const promoted = decided({ ...forgetful, base: null, replayStandsIn: true, replay: FEW });
    expect(promoted).toMatchObject({ decision: 'promote', rule: 'deletion' });
  });

  it('goes by its settings, and stores them with every figure and every rule that stood in the way', () => {
    const config = { ...GATE_DEFAULTS, minHeldOutCorrections: 3, calibrationTolerance: 0.001 };
    const verdict = decided({ heldOutCorrections: counts(0, 5, 0, 0), behaviour: behaviour(20) }, config);
    expect(verdict).toMatchObject({
      rule: 'worse-behaviour',
      stops: ['worse-behaviour', 'worse-calibrated', 'mcnemar-worse'],
      config,
      purpose: 'night',
      base: { set: 'nsmc', onlyChampion: 700, test: { n: 26_000, margin: 0.005, passed: true } },
      behaviour: [
        { capability: 'negation', worse: true },
        { capability: 'slang', worse: false },
      ],
    });
    expect(verdict.base?.test.power).toBeGreaterThan(0.9);
    expect(decided({ heldOutCorrections: NO_PAIRS }).heldOutCorrections.championAccuracy).toBeNull();
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
  });
});

describe('the verdict in words', () => {
  const said = (change: Partial<GateEvidence>) => {
    const verdict = decided(change);
    return { en: describeVerdict(verdict, 'en'), ko: describeVerdict(verdict, 'ko') };
  };

  it.each<[string, Partial<GateEvidence>, RegExp, RegExp]>([
    [
      'few-corrections',
      {},
      /^What Nunchi already knew is kept within the margin \(88\.8% before, 88\.8% after\).* 0; from 50 on/,
      /지켰고.*88\.8%.*0개이고, 50개부터/,
    ],
    [
      'worse-on-base',
      { base: { set: 'n', counts: counts(22_400, 900, 690, 2_010) } },
      /26,000 texts; up to 1\.\d+ points .* 0\.50 are allowed/,
      /26,000개.*1\.\d+점.*0\.50점/,
    ],
    [
      'canary',
      { canary: [{ ...planted, champion: 2, candidate: 38 }] },
      /90\.0% of the sentences/,
      /90\.0%만큼/,
    ],
    [
      'worse-behaviour',
      { behaviour: behaviour(12) },
      /single abilities \(negation\)/,
      /능력에서 더 못해요\(부정 표현\)/,
    ],
    [
      'files',
      { fileProblem: { kind: 'labels', detail: 'x' } },
      /labels are not those of the base/,
      /라벨의 종류나 순서/,
    ],
    ['deletion', { purpose: 'deletion' }, /without what had to be forgotten/, /지워야 할 것을 빼고/],
  ])('%s', (rule, change, en, ko) => {
    expect(decided(change).rule).toBe(rule);
    expect(said(change).en).toMatch(en);
    expect(said(change).ko).toMatch(ko);
  });

  it('says how much could go unnoticed where there is no base set', () => {
    expect(said({ base: null, replayStandsIn: true }).en).toMatch(
      /On 1,877 texts a loss below 1\.41 points can go unnoticed .* below 0\.50\./,
    );
    expect(said({ base: null, replayStandsIn: true }).ko).toMatch(/1,877개로는 1\.41점까지/);
    expect(said({}).en).not.toMatch(/unnoticed/);
  });

  it('names every other rule that stood in the way', () => {
    const lost = { heldOutCorrections: counts(0, 60, 0, 0), behaviour: behaviour(12) };
    expect(said(lost).en).toMatch(
      /single abilities \(negation\)\. Each of these would have stopped it too: the held-out corrections\.$/,
    );
    expect(said(lost).ko).toMatch(/이 밖에도 다음에서 걸렸어요: 평가용 정정\.$/);
    expect(said({ behaviour: behaviour(12) }).en).not.toContain('too:');
  });

  it('has a sentence without gaps for every rule', () => {
    const verdict = decided({});
    for (const language of ['en', 'ko'] as const) {
      for (const rule of [
        'too-large',
        'slower',
        'worse-calibrated',
        'mcnemar-worse',
        'insufficient-data',
      ] as const) {
        const sentence = describeVerdict({ ...verdict, rule }, language);
        expect(sentence).not.toMatch(/undefined|NaN|null/);
        expect(sentence.length).toBeGreaterThan(20);
      }
    }
  });
});
