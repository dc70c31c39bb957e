// The gate's verdict about a run as a command prints it: the sentence, then every figure beside its limit.
import { canaryExcess } from '../learn/gate/canary.js';
import { countsTotal, type NonInferiority } from '../learn/gate/non-inferiority.js';
import type { GateFigures, GateVerdict } from '../learn/gate.js';
import { shownReport } from '../learn/training-report.js';
import { columns } from './output.js';

const percent = (share: number | null) => (share === null ? '-' : `${(share * 100).toFixed(2)} %`);
const points = (difference: number) =>
  `${difference >= 0 ? '+' : '-'}${Math.abs(difference * 100).toFixed(2)}`;
const change = ({ championAccuracy, candidateAccuracy }: GateFigures) =>
  `${percent(championAccuracy)} to ${percent(candidateAccuracy)}`;

function bounded(figures: GateFigures & { test: NonInferiority }): string {
  const { n, lowerBound, margin, power } = figures.test;
  const said = `${n} texts, at worst ${points(lowerBound)} points, allowed ${points(-margin)}, power ${Math.round(power * 100)} %`;
  return `${change(figures)} (${said})`;
}

function behaviourOf({ behaviour }: GateVerdict): string {
  const passed = (model: 'onlyChampion' | 'onlyCandidate') =>
    behaviour.reduce((sum, own) => sum + own.both + own[model], 0);
  const items = behaviour.reduce((sum, own) => sum + countsTotal(own), 0);
  const worse = behaviour.filter((own) => own.worse).map(({ capability }) => capability);
  const named = worse.length === 0 ? 'no capability worse' : `worse: ${worse.join(', ')}`;
  return `${passed('onlyChampion')} to ${passed('onlyCandidate')} of ${items} items (${named})`;
}

function figureRows(verdict: GateVerdict): string[][] {
  const { config, base, replay, calibration, latency, size, canary, heldOutCorrections: held } = verdict;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const rows: [string, string | null][] = [
    ['base set', base === null ? 'not on this machine' : bounded(base)],
    ['known sentences', bounded(replay)],
    [
      'held out',
      countsTotal(held) === 0 ? 'no corrections' : `${change(held)} of ${countsTotal(held)} corrections`,
    ],
    ['behaviour', verdict.behaviour.length === 0 ? null : behaviourOf(verdict)],
    [
      'calibration',
      calibration === null
        ? null
        : `error ${calibration.champion.toFixed(4)} to ${calibration.candidate.toFixed(4)} (may grow by ${config.calibrationTolerance})`,
    ],
    [
      'canary phrases',
      canary.length === 0
        ? null
        : `${canary.length}, the worst turns ${points(Math.max(...canary.map(canaryExcess)))} % more (allowed ${points(config.canary.limit)})`,
    ],
    [
      'one message',
      latency === null ? null : `${latency.championMs.toFixed(1)} to ${latency.candidateMs.toFixed(1)} ms`,
    ],
    ['size', size === null ? null : `${megabytes(size.candidateBytes)} (base ${megabytes(size.baseBytes)})`],
  ];
  return rows.flatMap(([name, said]) => (said === null ? [] : [[`  ${name}`, said]]));
}

/** @returns nothing for a run without a verdict */
export function gateLines(report: unknown): string[] {
  const shown = shownReport(report);
  if (shown === null) return [];
  const { verdict, sentences } = shown;
  const rule = [['  gate', `${verdict.decision} (${verdict.rule})`]];
  const wrong = verdict.fileProblem === null ? [] : [['  files', verdict.fileProblem.detail]];
  return [
    sentences.en,
    ...columns([...rule, ...wrong, ...(verdict.fileProblem === null ? figureRows(verdict) : [])]),
  ];
}
