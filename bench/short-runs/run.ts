// `NUNCHI_DATA=data npm run -s short-runs -- --work DIR [--seeds 1,2,3] [--only NAME]…`: models at a small scale that differ in one
// thing each, all made and measured by Nunchi's own commands, as the table of docs/model.md. What is in DIR is not made again.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { readSafetensorsHeader } from '../../src/bert/safetensors.js';
import { PACKAGE_ROOT } from '../../src/paths.js';

interface Settings {
  /** Pieces of the vocabulary. */
  pieces: number;
  layers: number;
  hidden: number;
  pretraining: 'none' | 'masked-tokens' | 'with-next-sentence';
  wholeWords: boolean;
  labels: readonly string[];
  /** Texts that the shipped model labels softly. */
  soft: number;
  /** Of fine-tuning. */
  rate: number;
}

/** Of pre-training: film reviews, of which these come first. */
const TEXTS = 100_000;
const LABELS = 'nsmc/train.tsv.gz#1-30000';
const EXTRA = 'nsmc/extra_labeled.tsv.gz';
const HELD_OUT = 'nsmc/train.tsv.gz#124001-150000';
const PRETRAINING = 'pretrain/ko_nsmc.txt.gz';

const BASE: Settings = {
  pieces: 8000,
  layers: 2,
  hidden: 128,
  pretraining: 'with-next-sentence',
  wholeWords: false,
  labels: [LABELS],
  soft: 0,
  rate: 0.0005,
};

const ARMS: Record<string, Partial<Settings>> = {
  base: {},
  'no pre-training': { pretraining: 'none' },
  'without next sentence': { pretraining: 'masked-tokens' },
  'whole words masked': { wholeWords: true },
  'characters alone, nearly': { pieces: 4400 },
  '16,000 pieces': { pieces: 16_000 },
  '4 layers': { layers: 4 },
  '256 wide': { hidden: 256 },
  '256 wide, no pre-training': { hidden: 256, pretraining: 'none' },
  '256 wide, a third of the rate': { hidden: 256, rate: 0.00017 },
  'a third of the rate': { rate: 0.00017 },
  '60,000 more labels': { labels: [LABELS, EXTRA] },
  'taught by the shipped model': { soft: 90_000 },
};

/** What one model came to; shares of 1. */
interface Result {
  arm: string;
  seed: number;
  parameters: number;
  maskedTokens: number | undefined;
  nextSentence: number | undefined;
  accuracy: number;
  macroF1: number;
}

const { values } = parseArgs({
  options: {
    work: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
  },
});
if (values.work === undefined) throw new Error('usage: short-runs --work DIR [--seeds 1,2,3] [--only NAME]…');
const work = path.resolve(values.work);
const run = promisify(execFile);

/** A flag that is true stands alone; a list follows its flag, one value after the other. */
type Options = Record<string, string | number | boolean | readonly string[]>;

async function nunchi(command: string, options: Options): Promise<unknown> {
  const program = path.join(PACKAGE_ROOT, 'dist/bots/nunchi.js');
  const given = Object.entries(options).flatMap(([name, value]) => {
    if (typeof value === 'boolean') return value ? [`--${name}`] : [];
    return [`--${name}`, ...(Array.isArray(value) ? (value as readonly string[]) : [String(value)])];
  });
  const { stdout } = await run(process.execPath, [program, command, ...given, '--json'], {
    maxBuffer: 64 << 20,
  });
  return JSON.parse(stdout) as unknown;
}

/** Makes what is not there; what else is kept of it is its command's JSON document. */
async function once<T>(out: string, make: () => Promise<unknown>): Promise<T> {
  const record = `${out}.json`;
  if (!existsSync(record)) await writeFile(record, JSON.stringify(await make()));
  return JSON.parse(await readFile(record, 'utf8')) as T;
}

interface Pretrained {
  metrics: { maskedAccuracy: number; nextSentenceAccuracy?: number };
}

async function measure(arm: string, settings: Settings, seed: number): Promise<Result> {
  const { pieces, layers, hidden, pretraining, wholeWords, labels, soft, rate } = settings;
  const tokenizer = path.join(work, `tokenizer-${pieces}`);
  await once(tokenizer, () =>
    nunchi('vocab', { data: PRETRAINING, size: pieces, alphabet: 2000, out: tokenizer }),
  );
  const shape = `${pieces}-${layers}x${hidden}`;
  const untrained = path.join(work, `untrained-${shape}-${seed}`);
  await once(untrained, () =>
    nunchi('init', { tokenizer, layers, hidden, heads: hidden / 64, seed, out: untrained }),
  );

  const how = {
    'no-next-sentence': pretraining === 'masked-tokens',
    'whole-words': wholeWords,
  };
  const differs = Object.entries(how).flatMap(([name, set]) => (set ? [`-${name}`] : []));
  const base =
    pretraining === 'none' ? untrained : path.join(work, `pretrained-${shape}-${seed}${differs.join('')}`);
  const pretrained =
    pretraining === 'none'
      ? undefined
      : await once<Pretrained>(base, () =>
          nunchi('pretrain', {
            base: untrained,
            data: PRETRAINING,
            limit: TEXTS,
            exclude: HELD_OUT,
            lr: 0.001,
            warmup: 0.06,
            dropout: 0,
            'batch-tokens': 1024,
            'max-length': 64,
            seed,
            checkpoints: `${base}-checkpoints`,
            ...how,
            out: base,
          }),
        );

  const softened = path.join(work, `soft-${soft}.tsv`);
  if (soft > 0)
    await once(softened, () =>
      nunchi('soften', {
        model: path.join(PACKAGE_ROOT, 'models/default'),
        data: `nsmc/unlabeled.txt.gz#1-${soft}`,
        out: softened,
      }),
    );
  const name = arm.replaceAll(/\W+/g, '-');
  const model = path.join(work, `model-${name}-${seed}`);
  await once(model, () =>
    nunchi('finetune', {
      base,
      data: [...labels, ...(soft > 0 ? [softened] : [])],
      ...(labels.includes(EXTRA) ? { 'per-label': `${EXTRA}=30000` } : {}),
      exclude: HELD_OUT,
      epochs: 2,
      lr: rate,
      warmup: 0.06,
      batch: 32,
      'max-length': 64,
      seed,
      out: model,
    }),
  );
  const { accuracy, macroF1 } = await once<{ accuracy: number; macroF1: number }>(`${model}-held-out`, () =>
    nunchi('evaluate', { model, data: HELD_OUT }),
  );
  return {
    arm,
    seed,
    parameters: await parametersOf(model),
    maskedTokens: pretrained?.metrics.maskedAccuracy,
    nextSentence: how['no-next-sentence'] ? undefined : pretrained?.metrics.nextSentenceAccuracy,
    accuracy,
    macroF1,
  };
}

async function parametersOf(model: string): Promise<number> {
  const tensors = await readSafetensorsHeader(path.join(model, 'model.safetensors'));
  return tensors.reduce((sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1), 0);
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

function row(arm: string, results: readonly Result[]): string {
  const known = (of: (one: Result) => number | undefined) => {
    const found = results.flatMap((one) => of(one) ?? []);
    return found.length === 0 ? '' : percent(mean(found));
  };
  const cells = [
    arm,
    `${((results[0]?.parameters ?? 0) / 1e6).toFixed(2)} M`,
    known(({ maskedTokens }) => maskedTokens),
    known(({ nextSentence }) => nextSentence),
    known(({ accuracy }) => accuracy),
    results.map(({ accuracy }) => (accuracy * 100).toFixed(1)).join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

await mkdir(work, { recursive: true });
const names = Object.keys(ARMS).filter((arm) => values.only?.includes(arm) ?? true);
const results = new Map<string, Result[]>(names.map((arm) => [arm, []]));
for (const seed of values.seeds.split(',').map(Number)) {
  for (const arm of names) {
    const result = await measure(arm, { ...BASE, ...ARMS[arm] }, seed);
    results.get(arm)?.push(result);
    console.error(JSON.stringify(result));
  }
}
console.log(
  [
    '| | parameters | masked tokens right | next sentence right | held-out accuracy | by seed |',
    '|---|---|---|---|---|---|',
    ...[...results].map(([arm, of]) => row(arm, of)),
  ].join('\n'),
);
