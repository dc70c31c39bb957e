// The verdict of a run as commands print it: the sentence and every figure beside its limit.
import { describe, expect, it } from 'vitest';
import { gateLines } from '../../src/cli/gate-lines.js';
import { judge, NO_EVIDENCE, type GateEvidence } from '../../src/learn/gate.js';
import { describeVerdict } from '../../src/learn/verdict-text.js';

function linesOf(change: Partial<GateEvidence>): string[] {
  const verdict = judge({ ...NO_EVIDENCE, purpose: 'night', ...change });
  const sentences = { en: describeVerdict(verdict, 'en'), ko: describeVerdict(verdict, 'ko') };
  const report = { verdict, sentences, learned: { n: 3, champion: 0, candidate: 3 } };
  // As it comes over the control socket.
  return gateLines(JSON.parse(JSON.stringify(report)));
}

const counts = { both: 22_400, onlyChampion: 700, onlyCandidate: 690, neither: 2_210 };

describe('the lines of a verdict', () => {
  it('hold every figure that was measured', () => {
    const lines = linesOf({
      base: { set: 'nsmc', counts },
      replay: { both: 1_600, onlyChampion: 20, onlyCandidate: 30, neither: 227 },
      behaviour: [{ capability: 'slang', both: 90, onlyChampion: 1, onlyCandidate: 3, neither: 6 }],
      calibration: { set: 'nsmc', n: 26_000, champion: 0.02, candidate: 0.021 },
      canary: [{ source: 'generic', phrase: '1', label: null, n: 50, champion: 1, candidate: 3 }],
      latency: { championMs: 2, candidateMs: 2.1, n: 40 },
      size: { candidateBytes: 30e6, baseBytes: 15e6 },
    }).join('\n');
    expect(lines).toMatch(/^What Nunchi already knew is kept within the margin/);
    expect(lines).toContain('promote (few-corrections)');
    expect(lines).toMatch(
      /base set +88\.85 % to 88\.81 % \(26000 texts, at worst -0\.\d+ points, allowed -0\.50, power \d+ %\)/,
    );
    expect(lines).toMatch(/behaviour +91 to 93 of 100 items \(no capability worse\)/);
    expect(lines).toMatch(/calibration +error 0\.0200 to 0\.0210/);
    expect(lines).toMatch(/canary phrases +1, the worst turns \+4\.00 % more \(allowed \+25\.00\)/);
    expect(lines).toMatch(/one message +2\.0 to 2\.1 ms/);
    expect(lines).toMatch(/size +30\.0 MB \(base 15\.0 MB\)/);
  });

  it('say what is wrong with files, and nothing that was not measured', () => {
    const lines = linesOf({ fileProblem: { kind: 'damaged', detail: 'model.safetensors is not the file' } });
    expect(lines).toHaveLength(3);
    expect(lines.join('\n')).toMatch(/files +model\.safetensors is not the file/);
  });

  it('are none where a run came to no verdict', () => {
    expect(gateLines(null)).toEqual([]);
    expect(gateLines({ learnedMessages: [] })).toEqual([]);
  });
});
