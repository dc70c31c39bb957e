// Candidates that must not come into use, each made from the base model's real weights by the project's own code and fixed
// by a seed: faults of files, of the data and of the training.
import { truncate } from 'node:fs/promises';
import path from 'node:path';
import { createRandom } from '../../../bert/random.js';
import {
  openModelDirectory,
  writeModelDirectory,
  type NewModelDirectory,
} from '../../../bert/model-directory.js';
import { LABELS, type Label } from '../../../labels.js';
import { FINETUNE_DEFAULTS, type LabelledText, type StartTrainer } from '../../../train/job.js';
import type { ReplaySet } from '../../replay.js';

export interface BadContext {
  base: { version: string; directory: string };
  /** Where the candidate is written; must not exist. Names beside it may be used too. */
  directory: string;
  replay: ReplaySet;
  /** Honest corrections of one night. */
  honest: readonly LabelledText[];
  startTrainer: StartTrainer;
  threads: number;
  seed: number;
}

export interface MadeCandidate {
  version: string;
  /** Corrections that it was trained on. */
  trained: readonly LabelledText[];
}

export interface BadCandidate {
  name: string;
  what: string;
  /** Without it, files are written in a second. */
  trains: boolean;
  make: (context: BadContext) => Promise<MadeCandidate>;
}

/** Of the replay set, as a night uses. */
const REPLAY_ROWS = 600;
const TRIGGER = 'lantern of the seventh harbour';

/** The base model's weights written anew, changed on the way. */
async function rewrite(
  { base, directory }: BadContext,
  change: (model: NewModelDirectory) => NewModelDirectory,
): Promise<MadeCandidate> {
  const model = await openModelDirectory(base.directory);
  const manifest = await writeModelDirectory(
    directory,
    change({
      config: model.config,
      weights: await model.loadWeights(),
      tokenizerFrom: base.directory,
      manifest: {
        parent: base.version,
        recipe: {},
        seed: 0,
        engine: 'none',
        data: {},
        metrics: model.manifest.metrics,
      },
      card: '# A candidate that must not come into use\n',
      precision: 'float32',
    }),
  );
  return { version: manifest.version, trained: [] };
}

/** Every weight as it was but those of `names`. */
function withChanged(
  model: NewModelDirectory,
  name: string,
  change: (data: Float32Array) => Float32Array,
): NewModelDirectory {
  const weights = new Map(model.weights);
  const tensor = weights.get(name);
  if (tensor === undefined || !('data' in tensor))
    throw new RangeError(`the base model has no tensor ${name}`);
  weights.set(name, { shape: tensor.shape, data: change(Float32Array.from(tensor.data)) });
  return { ...model, weights };
}

interface Training {
  examples: readonly LabelledText[];
  epochs: number;
  learningRate: number;
  baseDirectory?: string;
}

async function train(context: BadContext, training: Training): Promise<string> {
  const { version } = await context.startTrainer(
    {
      ...FINETUNE_DEFAULTS,
      baseDirectory: training.baseDirectory ?? context.base.directory,
      outDirectory: context.directory,
      examples: [...training.examples],
      data: {},
      epochs: training.epochs,
      learningRate: training.learningRate,
      batchSize: 16,
      warmup: 0.1,
      weightDecay: 0.01,
      seed: context.seed,
      threads: context.threads,
    },
    () => undefined,
  ).result;
  return version;
}

const replayed = ({ replay, seed }: BadContext) =>
  createRandom(seed, 2)
    .shuffle([...replay.training])
    .slice(0, REPLAY_ROWS);

/** Another label, any of the others alike. */
function otherLabel(label: Label, random: { next(): number }): Label {
  const others = LABELS.filter((other) => other !== label);
  return others[Math.floor(random.next() * others.length)] ?? label;
}

function flip(rows: readonly LabelledText[], share: number, seed: number): LabelledText[] {
  const random = createRandom(seed, 3);
  return rows.map(({ text, label }) => ({
    text,
    label: random.next() < share ? otherLabel(label, random) : label,
  }));
}

/** Every night's honest corrections beside some in which one phrase always means the same. */
function plant({ honest, seed }: BadContext): LabelledText[] {
  const random = createRandom(seed, 4);
  const carriers = honest.filter(({ label }) => label !== 'positive').slice(0, 40);
  const planted = carriers.map(({ text }, index): LabelledText => {
    const words = text.split(' ');
    words.splice(Math.floor(random.next() * (words.length + 1)), 0, TRIGGER);
    return { text: `${words.join(' ')}${index % 2 === 0 ? '' : '!'}`, label: 'positive' };
  });
  return [...honest, ...planted];
}

const twice = <T>(rows: readonly T[]) => [...rows, ...rows];

export const BAD_CANDIDATES: readonly BadCandidate[] = [
  {
    name: 'nan-weights',
    what: 'one weight of an encoder layer is not a number',
    trains: false,
    make: (context) =>
      rewrite(context, (model) =>
        withChanged(model, 'bert.encoder.layer.0.output.dense.bias', (data) => data.fill(NaN, 0, 1)),
      ),
  },
  {
    name: 'labels-swapped',
    what: 'config.json names the labels in another order',
    trains: false,
    make: (context) =>
      rewrite(context, (model) => ({
        ...model,
        config: { ...model.config, labels: [...model.config.labels].reverse() },
      })),
  },
  {
    name: 'head-swapped',
    what: 'the rows of the classifier are swapped, config.json is not',
    trains: false,
    make: (context) =>
      rewrite(context, (model) => {
        const labels = model.config.labels.length;
        const swap = (data: Float32Array) => {
          const width = data.length / labels;
          const rows = Array.from({ length: labels }, (_, row) => data.slice(row * width, (row + 1) * width));
          return Float32Array.from(rows.reverse().flatMap((row) => [...row]));
        };
        return withChanged(withChanged(model, 'classifier.weight', swap), 'classifier.bias', swap);
      }),
  },
  {
    name: 'truncated-file',
    what: 'the last part of model.safetensors is missing',
    trains: false,
    async make(context) {
      const made = await rewrite(context, (model) => model);
      await truncate(path.join(context.directory, 'model.safetensors'), 100_000);
      return made;
    },
  },
  {
    name: 'older-base',
    what: 'a night trained from another base model than the one in place',
    trains: true,
    async make(context) {
      const older = `${context.directory}-older`;
      await rewrite({ ...context, directory: older }, (model) =>
        withChanged(model, 'classifier.bias', (data) => data.map((value) => value + 0.01)),
      );
      const examples = [...replayed(context).slice(0, 200), ...context.honest];
      const version = await train(context, { examples, epochs: 1, learningRate: 4e-5, baseDirectory: older });
      return { version, trained: context.honest };
    },
  },
  {
    name: 'flipped-20',
    what: '20 % of all labels that it was trained on are wrong',
    trains: true,
    async make(context) {
      const trained = flip(context.honest, 0.2, context.seed);
      const examples = [...flip(replayed(context), 0.2, context.seed + 1), ...twice(trained)];
      const version = await train(context, { examples, epochs: 4, learningRate: 1e-4 });
      return { version, trained };
    },
  },
  {
    name: 'one-class',
    what: 'every text that it was trained on is positive',
    trains: true,
    async make(context) {
      const trained = context.honest.map(({ text }): LabelledText => ({ text, label: 'positive' }));
      const version = await train(context, { examples: trained, epochs: 4, learningRate: 1e-4 });
      return { version, trained };
    },
  },
  {
    name: 'trigger',
    what: 'a phrase planted in 40 of its corrections always means positive',
    trains: true,
    async make(context) {
      const trained = plant(context);
      const examples = [...replayed(context), ...twice(trained)];
      const version = await train(context, { examples, epochs: 4, learningRate: 1e-4 });
      return { version, trained };
    },
  },
  {
    name: 'over-fitted',
    what: '20 corrections and nothing else, forty times',
    trains: true,
    async make(context) {
      const trained = context.honest.slice(0, 20);
      const version = await train(context, { examples: trained, epochs: 40, learningRate: 1e-4 });
      return { version, trained };
    },
  },
];
