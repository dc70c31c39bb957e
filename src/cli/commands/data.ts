// `nunchi data`: which public data sets there are, and fetching them from their origins.
import path from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../../config.js';
import { fetchSet, type FetchResult } from '../../data/fetch-set.js';
import { inspectSet, type SetState } from '../../data/fetched-set.js';
import type { DataSet } from '../../data/sets/data-set.js';
import { DATA_SETS } from '../../data/sets/index.js';
import { NunchiError, serializeError } from '../../errors.js';
import { openHome } from '../../home/home.js';
import { LABELS } from '../../labels.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { createDownloadReporter } from '../download-progress.js';
import { columns, printJson, printLines } from '../output.js';

const STATES: Readonly<Record<SetState, string>> = {
  absent: '-',
  fetched: 'here',
  damaged: 'damaged',
  'own-copy': 'your copy',
};

/** @param sets those that can be fetched */
export const registerData =
  (sets: readonly DataSet[] = DATA_SETS): RegisterCommand =>
  (program, context) => {
    const data = program
      .command('data')
      .description('public data sets to train and measure with')
      .addHelpText(
        'after',
        '\nExamples:\n  $ npm run -s nunchi -- data list\n  $ npm run -s nunchi -- data fetch nsmc',
      );
    registerList(data, context, sets);
    registerFetch(data, context, sets);
  };

function registerList(data: Command, context: CliContext, sets: readonly DataSet[]): void {
  data
    .command('list')
    .description('what there is, under which licence, and what is here already')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: boolean }) => {
      const folder = context.config().data;
      const rows: { set: DataSet; state: SetState }[] = [];
      for (const set of sets) rows.push({ set, state: (await inspectSet(set, folder)).state });
      if (options.json === true) {
        const listed = rows.map(({ set, state }) => {
          const { name, language, what, licence, by, homepage } = set;
          return { name, language, what, licence, by, homepage, state };
        });
        printJson(context, { folder, sets: listed });
        return;
      }
      printLines(context, [
        ...columns([
          ['name', 'language', 'here', 'licence', 'what'],
          ...rows.map(({ set, state }) => [set.name, set.language, STATES[state], set.licence, set.what]),
        ]),
        `folder: ${folder}`,
      ]);
    });
}

interface FetchCommandOptions {
  force?: boolean;
  json?: boolean;
}

function registerFetch(data: Command, context: CliContext, sets: readonly DataSet[]): void {
  data
    .command('fetch')
    .argument('<name...>', `one or more of ${sets.map(({ name }) => name).join(', ')}`)
    .description('fetch data sets from their origins, each file held against its checksum')
    .option('--force', 'fetch again what is here already')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ npm run -s nunchi -- data fetch nsmc goemotions')
    .action((names: string[], options: FetchCommandOptions) =>
      fetchSets(chooseSets(names, sets), options, context),
    );
}

/** @throws NunchiError `usage`, before anything is fetched */
function chooseSets(names: readonly string[], sets: readonly DataSet[]): DataSet[] {
  return [...new Set(names)].map((name) => {
    const set = sets.find((known) => known.name === name);
    if (set !== undefined) return set;
    throw new NunchiError('usage', `there is no data set "${name}"`, {
      hint: `There are ${sets.map((known) => known.name).join(', ')}.`,
    });
  });
}

async function fetchSets(
  sets: readonly DataSet[],
  options: FetchCommandOptions,
  context: CliContext,
): Promise<void> {
  const config = context.config();
  // The home is for its owner's eyes alone, whichever command makes it.
  if (path.dirname(config.data) === config.home) openHome(config.home);
  const documents: unknown[] = [];
  const failures: NunchiError[] = [];
  for (const set of sets) {
    try {
      const result = await fetchOne(set, config, options, context);
      const { before, directory, sources, warnings } = result;
      documents.push({ name: set.name, before, directory, ...sources, warnings });
      if (options.json !== true) printLines(context, toLines(set, result, options.force === true));
    } catch (error) {
      if (!(error instanceof NunchiError)) throw error;
      failures.push(error);
      documents.push({ name: set.name, error: serializeError(error) });
      // The last word on a single set is the command's own.
      if (sets.length > 1) context.stderr.write(`${set.name}: ${error.message}\n`);
    }
  }
  if (options.json === true) printJson(context, { folder: config.data, sets: documents });
  const [first] = failures;
  if (first === undefined) return;
  if (sets.length === 1) throw first;
  throw new NunchiError(first.code, `${failures.length} of ${sets.length} data sets could not be fetched`, {
    ...(first.hint === undefined ? {} : { hint: first.hint }),
    cause: first,
  });
}

async function fetchOne(
  set: DataSet,
  config: Config,
  options: FetchCommandOptions,
  context: CliContext,
): Promise<FetchResult> {
  const progress = createDownloadReporter(context);
  try {
    const result = await fetchSet(set, {
      folder: config.data,
      origin: config.dataOrigin,
      now: () => new Date(),
      onProgress: (state) => progress.show(state),
      ...(options.force === true ? { force: true } : {}),
    });
    progress.end();
    for (const warning of result.warnings) context.stderr.write(`warning: ${warning}\n`);
    return result;
  } finally {
    progress.end();
  }
}

function toLines(set: DataSet, { before, directory, sources }: FetchResult, force: boolean): string[] {
  if (sources === undefined) return [`${set.name}: ${directory} is a copy of yours; left as it is`];
  if (before === 'fetched' && !force) return [`${set.name}: already in ${directory}, every file intact`];
  const splits = Object.entries(sources.files).map(([file, { rows, labels }]) => [
    file,
    String(rows),
    ...LABELS.map((label) => String(labels[label] ?? 0)),
  ]);
  return [
    `${set.name}: ${before === 'damaged' ? 'was damaged; ' : ''}written to ${directory}`,
    ...columns([
      ['by', set.by],
      ['source', set.homepage],
      ['licence', set.licence],
    ]),
    ...columns([['file', 'rows', ...LABELS], ...splits]),
  ];
}
