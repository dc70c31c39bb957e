// `model import`: a published BERT checkpoint, from a folder or from the Hugging Face hub, as a model directory.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { importCheckpoint } from '../../bert/checkpoint-import.js';
import { NunchiError } from '../../errors.js';
import type { CliContext } from '../context.js';
import { createDownloadReporter } from '../download-progress.js';
import { columns, printJson, printLines } from '../output.js';

interface ImportOptions {
  out?: string;
  labels?: string;
  revision?: string;
  precision?: 'float32' | 'float16';
  json?: boolean;
}

/** Owner and name, or an old name without owner, as the hub allows them. */
const HUB_NAME = /^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/;

export function registerModelImport(model: Command, context: CliContext): void {
  model
    .command('import')
    .argument('<path-or-name>', 'folder of a Hugging Face BERT checkpoint, or its name on the hub')
    .description('make a model directory from a published BERT checkpoint')
    .option('--out <dir>', 'where it is written; must not exist (default: the name, in this folder)')
    .option('--labels <names>', 'labels of the head in the order of its rows, where their names do not tell')
    .option('--revision <name>', 'branch, tag or commit on the hub')
    .addOption(
      new Option('--precision <name>', 'of the weights written (default: as published)').choices([
        'float32',
        'float16',
      ]),
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  $ npm run -s nunchi -- model import klue/bert-base\n' +
        '  $ npm run -s nunchi -- model import ./nsmc-bert --labels negative,positive --out my-bert',
    )
    .action((source: string, options: ImportOptions) => importModel(source, options, context));
}

/** A folder that exists, else a name on the hub. @throws NunchiError `usage` */
function isFolder(source: string): boolean {
  if (existsSync(source)) return true;
  if (HUB_NAME.test(source)) return false;
  throw new NunchiError('usage', `${source} is no folder, and no name of a model on the hub`, {
    hint: 'Give the path of a folder, or a name such as klue/bert-base.',
  });
}

async function importModel(source: string, options: ImportOptions, context: CliContext): Promise<void> {
  const local = isFolder(source);
  if (local && options.revision !== undefined) {
    throw new NunchiError('usage', '--revision is for models of the hub', {
      hint: 'Leave it out for a folder.',
    });
  }
  const name = local ? path.basename(path.resolve(source)) : source.replace('/', '-');
  const out = path.resolve(options.out ?? name);
  // Before a download, not after it.
  if (existsSync(out)) {
    throw new NunchiError('usage', `${out} exists already`, {
      hint: 'Name a folder that does not exist with --out.',
    });
  }
  const rest = {
    out,
    ...(options.labels === undefined ? {} : { labels: options.labels }),
    ...(options.precision === undefined ? {} : { precision: options.precision }),
  };
  const imported = local
    ? await importCheckpoint({ directory: source, source: name, ...rest })
    : await withDownload(source, out, options.revision, context, (directory, commit) =>
        importCheckpoint({ directory, source: `${source}@${commit}`, ...rest }),
      );
  const { manifest, config, heads, warnings } = imported;
  for (const warning of warnings) context.stderr.write(`warning: ${warning}\n`);
  if (options.json === true) {
    printJson(context, { directory: out, version: manifest.version, labels: config.labels, heads, warnings });
    return;
  }
  const { labels } = config;
  printLines(context, [
    `${manifest.version} written to ${out}`,
    ...columns([
      ['labels', labels.join(', ') || 'none yet'],
      ['heads', heads.join(', ') || 'none'],
    ]),
    labels.length > 0
      ? `next: nunchi evaluate --model ${out} --data FILE`
      : `next: nunchi finetune --base ${out} --data FILE --out DIR`,
  ]);
}

/** Fetches beside `out`, where there is room for the result too, and leaves nothing of it behind. */
async function withDownload<T>(
  name: string,
  out: string,
  revision: string | undefined,
  context: CliContext,
  use: (directory: string, commit: string) => Promise<T>,
): Promise<T> {
  const { hubUrl, hubToken } = context.config();
  // Loaded here only: other commands need no hub.
  const { fetchCheckpoint } = await import('../../hub/fetch-checkpoint.js');
  const directory = await mkdtemp(`${out}.download-`);
  const progress = createDownloadReporter(context);
  try {
    const { commit } = await fetchCheckpoint({
      name,
      hubUrl,
      directory,
      onProgress: (state) => progress.show(state),
      ...(hubToken === undefined ? {} : { token: hubToken }),
      ...(revision === undefined ? {} : { revision }),
    });
    progress.end();
    return await use(directory, commit);
  } finally {
    progress.end();
    await rm(directory, { recursive: true, force: true });
  }
}
