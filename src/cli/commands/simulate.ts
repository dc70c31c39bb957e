// `simulate`: what nights of corrections, taken from a labelled file, would come to: how much is learned, how much forgotten.
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Option } from 'commander';
import type { App, AppParts } from '../../app.js';
import { openModelDirectory } from '../../bert/model-directory.js';
import { loadConfig, type Config } from '../../config.js';
import { parseDataSource } from '../../data/data-source.js';
import { readLabelledFile, type LabelledText } from '../../data/labelled-file.js';
import { resolveDefaultModel } from '../../learn/default-model.js';
import { loadReplay, withSources, type ReplaySet, type ReplaySource } from '../../learn/replay.js';
import { POLICIES, type Policy } from '../../learn/simulation/policies.js';
import {
  simulate,
  type Figures,
  type OpenBotOptions,
  type Simulation,
  type SimulatedBot,
  type SimulatedNight,
} from '../../learn/simulation/simulate.js';
import { splitStream } from '../../learn/simulation/stream.js';
import { startTrainer } from '../../train/client.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { dataName } from '../labelled-sets.js';
import { wholeNumber } from '../numbers.js';
import { columns, percent, printJson, printLines } from '../output.js';

interface SimulateOptions {
  stream: string;
  nights: number;
  perNight: number;
  base?: string;
  policy: Policy;
  replayData?: string[];
  baseTest?: string;
  baseLimit?: number;
  every?: boolean;
  seed: number;
  json?: boolean;
}

/** As of a program that SIGINT ended. */
const EXIT_INTERRUPTED = 130;
const DEFAULT_BASE_TEST = 'nsmc/test.tsv.gz';

const HELP = `
Policies: replay is what Nunchi does every night; naive goes on training from last night's model on that night's
corrections alone, without a gate; joint trains once on all of them; head-only trains the classifier alone; frozen
trains nothing. Everything is written to a temporary folder.

Examples:
  $ npm run -s nunchi -- simulate --stream reviews.tsv --nights 10 --per-night 100 --seed 1
  $ npm run -s nunchi -- simulate --stream goemotions/dev.tsv.gz --nights 5 --per-night 50 --policy naive --json`;

/** @param createApp an app without platforms and jobs */
export function registerSimulate(
  createApp: (config: Config, parts: Omit<AppParts, 'platforms' | 'jobs'>, context: CliContext) => App,
): RegisterCommand {
  return (program, context) => {
    program
      .command('simulate')
      .description('what nights of corrections from a labelled file would teach, and what they would cost')
      .requiredOption(
        '--stream <file>',
        'text<TAB>label, or NSMC (id document label); plain or gzip; FILE#FROM-TO for some rows',
      )
      .requiredOption('--nights <n>', 'nights', wholeNumber(1))
      .requiredOption('--per-night <n>', 'corrections before each night', wholeNumber(1))
      .option('--base <dir>', 'model directory to start from (default: the shipped model)')
      .addOption(new Option('--policy <name>', 'how is learned').choices(POLICIES).default('replay'))
      .option(
        '--replay-data <file...>',
        'labelled files to replay from, beside the sentences that come with Nunchi',
      )
      .option(
        '--base-test <file>',
        `labelled file that shows forgetting (default: ${DEFAULT_BASE_TEST}, where it is)`,
      )
      .option('--base-limit <n>', 'only its first n rows', wholeNumber(1))
      .option('--every', 'measure forgetting after every night, not only the first and the last')
      .option('--seed <n>', 'of the stream', wholeNumber(0), 1)
      .option('--json', 'print one JSON document')
      .addHelpText('after', HELP)
      .action((options: SimulateOptions) => run(options, context, createApp));
  };
}

async function run(
  options: SimulateOptions,
  context: CliContext,
  createApp: Parameters<typeof registerSimulate>[0],
): Promise<void> {
  const config = context.config();
  const { policy, seed, nights, perNight } = options;
  const stream = await read(options.stream, config);
  const split = splitStream(stream.rows, { nights, perNight, seed });
  const baseTest = await readBaseTest(options, context);
  const base = path.resolve(options.base ?? resolveDefaultModel(config));
  const { version } = await openModelDirectory(base);
  const replay = await readReplay(options.replayData ?? [], config);
  const folder = await mkdtemp(path.join(tmpdir(), 'nunchi-simulation-'));
  // Ended early, it leaves nothing behind either; its processes end with it.
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const leave = () => process.exit(EXIT_INTERRUPTED);
  process.once('exit', remove).once('SIGINT', leave).once('SIGTERM', leave);
  try {
    const simulation = await simulate({
      policy,
      seed,
      stream: split,
      baseTest: baseTest?.rows ?? null,
      every: options.every ?? false,
      base,
      folder,
      loadReplay: () => Promise.resolve(replay),
      openBot: (bot) => openBot(bot, options, context, createApp),
      onNight: (night) => context.stderr.write(`${describeNight(night)}\n`),
    });
    const document = {
      ...simulation,
      stream: { data: dataName(options.stream), texts: stream.rows.length, nights, perNight },
      model: version,
      ...(baseTest === null ? {} : { baseTest: { data: baseTest.name, texts: baseTest.rows.length } }),
      replayData: (replay.sources ?? []).map(({ name, rows }) => ({ name, texts: rows.length })),
    };
    if (options.json === true) printJson(context, document);
    else printLines(context, toLines(document, baseTest?.name ?? null));
  } finally {
    process.off('exit', remove).off('SIGINT', leave).off('SIGTERM', leave);
    remove();
  }
}

async function read(given: string, config: Config, limit?: number) {
  const { file, range, name } = parseDataSource(given, config.data);
  return { name, ...(await readLabelledFile(file, { ...range, ...(limit === undefined ? {} : { limit }) })) };
}

async function readBaseTest(
  { baseTest, baseLimit }: SimulateOptions,
  context: CliContext,
): Promise<{ name: string; rows: LabelledText[] } | null> {
  const config = context.config();
  if (baseTest !== undefined) return read(baseTest, config, baseLimit);
  if (existsSync(parseDataSource(DEFAULT_BASE_TEST, config.data).file)) {
    return read(DEFAULT_BASE_TEST, config, baseLimit);
  }
  context.stderr.write(
    `There is no ${DEFAULT_BASE_TEST} here, so forgetting is not measured; "data fetch nsmc" gets it, or name a file with --base-test.\n`,
  );
  return null;
}

async function readReplay(files: readonly string[], config: Config): Promise<ReplaySet> {
  const own = await loadReplay();
  const sources: ReplaySource[] = [];
  for (const given of files) {
    const { name, rows, sha256 } = await read(given, config);
    // Under the name of the set, by which the mix of the settings goes.
    sources.push({ name: path.dirname(name), rows, sha256 });
  }
  return withSources(own, () => Promise.resolve(sources));
}

async function openBot(
  bot: OpenBotOptions,
  options: SimulateOptions,
  context: CliContext,
  createApp: Parameters<typeof registerSimulate>[0],
): Promise<SimulatedBot> {
  const own = context.config();
  const config: Config = {
    ...loadConfig({}),
    home: bot.home,
    // The gate too has only what the simulated installation has.
    data: options.replayData === undefined ? path.join(bot.home, 'data') : own.data,
    model: bot.base,
    threshold: own.threshold,
    engine: own.engine,
    trainingThreads: own.trainingThreads,
    timeZone: 'UTC',
    replayFetch: false,
    nightlyMinCorrections: 1,
    gate: { ...own.gate, minHeldOutCorrections: bot.minHeldOutCorrections ?? own.gate.minHeldOutCorrections },
    // One moderator says what a file says: there is nobody to ask again.
    perPersonNight: 1_000_000,
    personShare: 1,
    certainReading: 1,
    // Nights of one second follow each other on a machine that does nothing else.
    watch: { ...own.watch, windowMs: 0 },
  };
  const app = createApp(
    config,
    {
      now: bot.now,
      startTrainer: bot.wrapTrainer(startTrainer),
      learning: { settings: { ...own.trainingSettings, ...bot.settings }, loadReplay: bot.loadReplay },
    },
    context,
  );
  const { services } = await app.start();
  return { ...services, stop: () => app.stop() };
}

const figures = (value: Figures | undefined) =>
  value === undefined ? ['-', '-'] : [percent(value.accuracy), percent(value.macroF1)];

const ending = ({ state, rule }: SimulatedNight) => (rule === undefined ? state : `${state} (${rule})`);

function describeNight(simulated: SimulatedNight): string {
  const { night, stream, base, seconds } = simulated;
  const known = base === undefined ? '' : `, base test ${percent(base.accuracy)}`;
  return `night ${night}: ${ending(simulated)}, stream ${percent(stream.accuracy)}${known}, ${seconds} s`;
}

function toLines(simulation: Simulation & { model: string }, baseTest: string | null): string[] {
  const { before, nights, heldOut, promotions, gain, forgetting } = simulation;
  const row = (name: string, stream: Figures, base: Figures | undefined, rest: readonly string[]) => [
    name,
    ...figures(stream),
    ...(baseTest === null ? [] : [figures(base)[0] ?? '-']),
    ...rest,
  ];
  return [
    ...columns([
      [
        'NIGHT',
        'STREAM',
        'MACRO F1',
        ...(baseTest === null ? [] : ['BASE TEST']),
        'TRAINED ON',
        'SECONDS',
        'ENDED',
      ],
      row('before', before.stream, before.base, ['-', '-', '-']),
      ...nights.map((night) =>
        row(String(night.night), night.stream, night.base, [
          String(night.trained.corrections),
          String(night.seconds),
          ending(night),
        ]),
      ),
    ]),
    '',
    ...columns([
      ['policy', `${simulation.policy}, seed ${simulation.seed}, model ${simulation.model}`],
      ['held out', `${heldOut} texts of the stream`],
      ['promoted', `${promotions} of ${nights.length} nights`],
      ['gain', percent(gain)],
      [
        'forgotten',
        forgetting === undefined
          ? 'not measured: no base test'
          : `${percent(forgetting)} of ${baseTest ?? ''}`,
      ],
    ]),
  ];
}
