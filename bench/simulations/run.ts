// `node dist/bench/simulations/run.js FILE.json… [--svg FILE]`: the documents that `simulate --json` printed, as the table and the
// picture of docs/learning.md.
import { readFile, writeFile } from 'node:fs/promises';
import type { Simulation, SimulatedNight } from '../../src/learn/simulation/simulate.js';
import { drawLearningCurves, type Curve, type CurvePanel } from '../../src/learn/charts/learning-curves.js';
import { POLICIES, type Policy } from '../../src/learn/simulation/policies.js';

type Document = Omit<Simulation, 'heldOut'> & {
  stream: { data: string; nights: number; perNight: number };
  replayData: { name: string }[];
};

/** What is averaged over seeds. */
interface Group {
  stream: string;
  policy: Policy;
  fetched: boolean;
  documents: Document[];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
const points = (value: number) => `${value >= 0 ? '+' : '−'}${Math.abs(value * 100).toFixed(2)}`;
const streamName = ({ stream }: Document) => stream.data.split('/')[0] ?? stream.data;

function group(documents: readonly Document[]): Group[] {
  const groups = new Map<string, Group>();
  for (const document of documents) {
    const stream = streamName(document);
    const fetched = document.replayData.length > 0;
    const key = `${stream} ${fetched} ${POLICIES.indexOf(document.policy)}`;
    const known = groups.get(key) ?? { stream, policy: document.policy, fetched, documents: [] };
    known.documents.push(document);
    groups.set(key, known);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

const lastOf = ({ nights }: Document): SimulatedNight => nights.at(-1) as SimulatedNight;

/** Of the gain of joint training with the same replay data, over the seeds that both have. */
function ofJoint({ stream, fetched, policy, documents }: Group, groups: readonly Group[]): string {
  const joint = groups.find(
    (one) => one.stream === stream && one.fetched === fetched && one.policy === 'joint',
  );
  const pairs = documents.flatMap((one) => {
    const other = joint?.documents.find(({ seed }) => seed === one.seed);
    return other === undefined ? [] : [[one.gain, other.gain] as const];
  });
  if (pairs.length === 0 || policy === 'frozen' || policy === 'joint') return '';
  return `${Math.round((mean(pairs.map(([own]) => own)) / mean(pairs.map(([, all]) => all))) * 100)} %`;
}

function table(groups: readonly Group[]): string[] {
  const head = [
    'stream',
    'replay data',
    'policy',
    'seeds',
    'accuracy',
    'macro F1',
    'gain',
    'of joint',
    'base test, points',
    'promoted',
    's a night',
  ];
  const rows = groups.map((one) => {
    const { documents } = one;
    const forgotten = documents.flatMap(({ forgetting }) => (forgetting === undefined ? [] : [forgetting]));
    return [
      one.stream,
      one.fetched ? 'fetched' : 'ships',
      one.policy,
      documents
        .map(({ seed }) => seed)
        .sort()
        .join(', '),
      percent(mean(documents.map((document) => lastOf(document).stream.accuracy))),
      percent(mean(documents.map((document) => lastOf(document).stream.macroF1))),
      points(mean(documents.map(({ gain }) => gain))),
      ofJoint(one, groups),
      forgotten.length === 0 ? '' : points(-mean(forgotten)),
      one.policy === 'frozen'
        ? ''
        : `${documents.map(({ promotions }) => promotions).join(', ')} of ${documents[0]?.nights.length ?? 0}`,
      one.policy === 'frozen' ? '' : mean(documents.map((document) => lastOf(document).seconds)).toFixed(0),
    ];
  });
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

/** The mean over seeds, night by night. */
function curve(
  { policy, documents }: Group,
  of: (night: Pick<SimulatedNight, 'stream' | 'base'>) => number | undefined,
): Curve {
  const [first] = documents;
  const nights = [...(first?.nights ?? [])].map(({ night }) => night);
  const value = (night: number) => {
    const values = documents.flatMap(
      (document) => of(night === 0 ? document.before : (document.nights[night - 1] ?? document.before)) ?? [],
    );
    return values.length === 0 ? [] : [{ night, value: mean(values) }];
  };
  const level = nights.length === 1;
  return {
    name: policy,
    points: level ? value(1) : [0, ...nights].flatMap(value),
    ...(level ? { level } : {}),
  };
}

function picture(groups: readonly Group[]): string {
  const own = groups.filter(({ fetched }) => !fetched);
  const streams = [...new Set(own.map(({ stream }) => stream))];
  const panels = streams.map((stream): CurvePanel => ({
    title: `${stream}, held-out part`,
    curves: own
      .filter((one) => one.stream === stream)
      .map((one) => curve(one, (night) => night.stream.accuracy)),
  }));
  const [first] = own[0]?.documents ?? [];
  const seeds = [...new Set(own.flatMap(({ documents }) => documents.map(({ seed }) => seed)))].sort();
  const of = seeds.length === 1 ? 'seed' : 'mean over seeds';
  const subtitle = `accuracy, ${of} ${seeds.join(', ')}; ${first?.stream.nights ?? 0} nights of ${first?.stream.perNight ?? 0} corrections; joint and frozen are levels`;
  return drawLearningCurves(
    'Learning from nights of corrections',
    subtitle,
    panels,
    `${subtitle}: ${streams.join(', ')}`,
  );
}

const args = process.argv.slice(2);
const at = args.indexOf('--svg');
const svg = at === -1 ? undefined : args[at + 1];
const files = args.filter((_, i) => at === -1 || (i !== at && i !== at + 1));
if (files.length === 0) {
  console.error('usage: node dist/bench/simulations/run.js FILE.json… [--svg FILE]');
  process.exitCode = 2;
} else {
  const documents = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Document),
  );
  const groups = group(documents);
  console.log(table(groups).join('\n'));
  if (svg !== undefined) await writeFile(svg, picture(groups));
}
