// `nunchi gate-check`: the gate of this installation held against bad candidates and honest nights, and how it decides by
// what is truly lost. For those who work on Nunchi; it trains some thirty models.
import path from 'node:path';
import { resolveDefaultModel } from '../../learn/default-model.js';
import type { GateConfig } from '../../learn/gate/settings.js';
import { loadBaseSet, type BaseSet } from '../../learn/gate/base-set.js';
import { checkGate, type CheckedCandidate } from '../../learn/gate/check/gate-check.js';
import { loadHonestTexts } from '../../learn/gate/check/honest-night.js';
import { operatingCurve, type OperatingCurve } from '../../learn/gate/check/operating-curve.js';
import { canaryExcess } from '../../learn/gate/canary.js';
import { countsTotal } from '../../learn/gate/non-inferiority.js';
import { loadReplay, withSources } from '../../learn/replay.js';
import { createReplaySources } from '../../learn/replay-sets.js';
import { readBaseModel } from '../../learn/start-model.js';
import { availableCores } from '../../process/available-cores.js';
import { createSentimentService } from '../../serve/sentiment-service.js';
import { startTrainer } from '../../train/client.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { wholeNumber } from '../numbers.js';
import { columns, printJson, printLines } from '../output.js';

interface GateCheckOptions {
  work: string;
  good: number;
  corrections: number;
  only?: string[];
  baseLimit?: number;
  json?: boolean;
}

export const registerGateCheck: RegisterCommand = (program, context) => {
  program
    .command('gate-check', { hidden: true })
    .description('hold the promotion gate against candidates whose worth is known')
    .requiredOption('--work <dir>', 'folder for results; those that are in it are not made again')
    .option('--good <n>', 'honest nights', wholeNumber(0), 20)
    .option('--corrections <n>', 'corrections of a night', wholeNumber(20), 200)
    .option('--only <name...>', 'these candidates only, as the table names them')
    .option('--base-limit <n>', 'use only the first n rows of the base set; 0 for none', wholeNumber(0))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nThe numbers of NUNCHI_GATE_SETTINGS and NUNCHI_TRAINING_SETTINGS apply.\n\nExample:\n  $ NUNCHI_DATA=data npm run -s nunchi -- gate-check --work check --good 2',
    )
    .action((options: GateCheckOptions) => gateCheck(options, context));
};

async function limitedBaseSet(dataFolder: string, limit: number | undefined): Promise<BaseSet | null> {
  if (limit === 0) return null;
  const set = await loadBaseSet(dataFolder);
  if (set === null || limit === undefined) return set;
  return { ...set, name: `${set.name}, first ${limit} rows`, rows: set.rows.slice(0, limit) };
}

async function gateCheck(options: GateCheckOptions, context: CliContext): Promise<void> {
  const config = context.config();
  const gate: GateConfig = { ...config.gate, promotion: 'auto' };
  const base = await readBaseModel(resolveDefaultModel(config));
  const baseSet = await limitedBaseSet(config.data, options.baseLimit);
  const warn = (message: string) => void context.stderr.write(`warning: ${message}\n`);
  const replay = await withSources(await loadReplay(), createReplaySources(config.data, { warn }));
  const sentiment = await createSentimentService({
    directory: base.directory,
    threshold: config.threshold,
  });
  let candidates: CheckedCandidate[];
  try {
    candidates = await checkGate({
      sentiment,
      base,
      replay,
      baseSet,
      honestTexts: await loadHonestTexts(config.data),
      folder: path.resolve(options.work),
      startTrainer,
      threads: config.trainingThreads === 0 ? availableCores() : config.trainingThreads,
      gate,
      settings: config.trainingSettings,
      goodCandidates: options.good,
      corrections: options.corrections,
      ...(options.only === undefined ? {} : { only: new Set(options.only) }),
      onResult: ({ name, decision, rule }) => context.stderr.write(`${name}: ${decision} (${rule})\n`),
    });
  } finally {
    await sentiment.stop();
  }
  const discordance = meanDiscordance(candidates, gate);
  const curves = [baseSet?.rows.length ?? 0, 6_500, replay.heldOut.length]
    .filter((rows) => rows > 0)
    .map((rows) => operatingCurve(rows, discordance, gate.base));
  if (options.json) printJson(context, { model: base.version, candidates, curves });
  else printLines(context, [...table(candidates), '', ...summary(candidates), '', ...curveTable(curves)]);
}

/** Of the honest nights; what is planned with where there are none. */
function meanDiscordance(candidates: readonly CheckedCandidate[], gate: GateConfig): number {
  const shares = candidates.flatMap(({ kind, verdict: { base } }) =>
    kind === 'bad' || base === null ? [] : [(base.onlyChampion + base.onlyCandidate) / countsTotal(base)],
  );
  if (shares.length === 0) return gate.base.plannedDiscordance;
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

const signed = (value: number) => `${value >= 0 ? '+' : '-'}${Math.abs(value * 100).toFixed(2)}`;

function table(candidates: readonly CheckedCandidate[]): string[] {
  const head = [
    'CANDIDATE',
    'DECISION',
    'RULE',
    'BASE',
    'BOUND',
    'KNOWN',
    'ECE',
    'BEHAVIOUR',
    'CANARY',
    'LEARNED',
    'ALSO STOPPED BY',
  ];
  const rows = candidates.map(({ name, decision, rule, stops, learned, verdict }) => {
    const { base, replay, calibration, behaviour, canary } = verdict;
    const lost = behaviour.reduce((sum, own) => sum + own.onlyCandidate - own.onlyChampion, 0);
    const measured = verdict.fileProblem === null;
    return [
      name,
      decision,
      rule,
      base === null ? '-' : signed(base.test.difference),
      base === null ? '-' : signed(base.test.lowerBound),
      measured ? signed(replay.test.difference) : '-',
      calibration === null ? '-' : signed(calibration.candidate - calibration.champion),
      measured ? String(lost) : '-',
      canary.length === 0 ? '-' : signed(Math.max(...canary.map(canaryExcess))),
      measured ? `${learned.champion} to ${learned.candidate} of ${learned.n}` : '-',
      stops.slice(1).join(', ') || '-',
    ];
  });
  return columns([head, ...rows]);
}

function summary(candidates: readonly CheckedCandidate[]): string[] {
  const of = (kind: CheckedCandidate['kind']) => candidates.filter((candidate) => candidate.kind === kind);
  const stopped = of('bad').filter(({ decision }) => decision === 'keep').length;
  const passed = of('good').filter(({ decision }) => decision === 'promote').length;
  return [
    `bad candidates stopped: ${stopped} of ${of('bad').length}`,
    `honest nights passed: ${passed} of ${of('good').length}`,
  ];
}

function curveTable(curves: readonly OperatingCurve[]): string[] {
  const [first] = curves;
  if (first === undefined) return [];
  const named = ({ rows, margin }: OperatingCurve) => `${rows} ROWS, MARGIN ${(margin * 100).toFixed(2)}`;
  return columns([
    ['TRUE LOSS', ...curves.map(named)],
    ...first.points.map(({ trueLoss }, index) => [
      `${(trueLoss * 100).toFixed(2)} points`,
      ...curves.map(({ points }) => `${((points[index]?.passRate ?? 0) * 100).toFixed(1)} %`),
    ]),
  ]);
}
