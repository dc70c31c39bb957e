// The promotion gate as a table: figures in, verdict and rule out; the exact test against values worked out by hand.
import { describe, expect, it } from 'vitest';
import { GATE_DEFAULTS, judge, type GateDecision, type GateRule } from '../../src/learn/gate.js';
import { NO_PAIRS, worseOrBetter, type PairedCounts } from '../../src/learn/mcnemar.js';
import { describeVerdict } from '../../src/learn/verdict-text.js';

const counts = (
  both: number,
  onlyChampion: number,
  onlyCandidate: number,
  neither: number,
): PairedCounts => ({ both, onlyChampion, onlyCandidate, neither });
const SAME = counts(60, 0, 0, 10);

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
  it.each<[string, PairedCounts, PairedCounts, GateDecision, GateRule]>([
    ['few corrections', SAME, NO_PAIRS, 'confirm', 'insufficient-data'],
    ['one short of enough', SAME, counts(0, 0, 49, 0), 'confirm', 'insufficient-data'],
    ['enough and better', SAME, counts(20, 2, 20, 8), 'promote', 'mcnemar-better'],
    ['enough and equal', SAME, counts(40, 0, 0, 10), 'keep', 'mcnemar-not-better'],
    ['enough, better by chance', SAME, counts(40, 2, 6, 2), 'keep', 'mcnemar-not-better'],
    ['enough and worse', SAME, counts(20, 20, 2, 8), 'keep', 'mcnemar-not-better'],
    ['replay lost beyond chance', counts(600, 12, 2, 100), counts(0, 0, 60, 0), 'keep', 'worse-on-replay'],
    ['replay lost beyond the margin', counts(50, 4, 0, 16), NO_PAIRS, 'keep', 'worse-on-replay'],
    ['replay lost within chance and margin', counts(57, 3, 1, 9), NO_PAIRS, 'confirm', 'insufficient-data'],
    ['replay won', counts(50, 0, 10, 10), NO_PAIRS, 'confirm', 'insufficient-data'],
    ['nothing to compare', NO_PAIRS, NO_PAIRS, 'confirm', 'insufficient-data'],
  ])('%s', (_name, replay, heldOutCorrections, decision, rule) => {
    expect(judge({ sameModel: false, replay, heldOutCorrections })).toMatchObject({ decision, rule });
  });

  it('has nothing to promote where the weights are the same', () => {
    const verdict = judge({ sameModel: true, replay: SAME, heldOutCorrections: NO_PAIRS });
    expect(verdict).toMatchObject({ decision: 'keep', rule: 'same-model' });
  });

  it('takes its limits from the configuration', () => {
    const config = { ...GATE_DEFAULTS, minHeldOutCorrections: 3 };
    const input = { sameModel: false, replay: SAME, heldOutCorrections: counts(0, 0, 5, 0) };
    expect(judge(input, config)).toMatchObject({ decision: 'promote', config });
  });

  it('carries the figures it judged by', () => {
    const verdict = judge({ sameModel: false, replay: counts(6, 1, 2, 1), heldOutCorrections: NO_PAIRS });
    expect(verdict.replay).toMatchObject({ championAccuracy: 0.7, candidateAccuracy: 0.8, onlyChampion: 1 });
    expect(verdict.heldOutCorrections.championAccuracy).toBeNull();
  });
});

describe('the verdict in words', () => {
  it('says rule and numbers in both languages', () => {
    const verdict = judge({ sameModel: false, replay: counts(6, 1, 2, 1), heldOutCorrections: NO_PAIRS });
    const worse = judge({ sameModel: false, replay: counts(0, 9, 0, 1), heldOutCorrections: NO_PAIRS });
    expect(describeVerdict(verdict, 'en')).toMatch(/^Not enough data to be sure: 0 .* 50 .*70\.0%.*80\.0%/);
    expect(describeVerdict(verdict, 'ko')).toMatch(/데이터가 부족.*0개.*50개.*70\.0%.*80\.0%/);
    expect(describeVerdict(worse, 'en')).toMatch(/worse.*90\.0% before, 0\.0% after/);
  });
});
