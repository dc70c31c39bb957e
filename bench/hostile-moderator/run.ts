// `npm run -s hostile-moderator -- [--out FOLDER] [--train] [--only SCENARIO] [--seed N] [--reviews N] [--probes N]`: what a
// hostile moderator achieves in ten nights, with the trust filter and without it. Without --train only what would be trained
// is counted; with it one model of the last night is trained for each row. What is in the folder is not done again.
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../../src/bert/random.js';
import { loadConfig } from '../../src/config.js';
import { findDataFile } from '../../src/data/find-data-file.js';
import { readLabelledFile, type LabelledText } from '../../src/data/labelled-file.js';
import { NunchiError } from '../../src/errors.js';
import type { Label, Reading } from '../../src/labels.js';
import { GATE_DEFAULTS } from '../../src/learn/gate.js';
import { openHome } from '../../src/home/home.js';
import { loadReplay } from '../../src/learn/replay.js';
import { isHeldOut } from '../../src/learn/split.js';
import { readBaseModel, type BaseModel } from '../../src/learn/start-model.js';
import { executeRun } from '../../src/learn/training-run.js';
import { createTrust, type WaitingCounts } from '../../src/learn/trust/trust.js';
import { PACKAGE_ROOT } from '../../src/paths.js';
import { createSentimentService, type ManagedSentimentService } from '../../src/serve/sentiment-service.js';
import { openStore } from '../../src/store/open-store.js';
import type { Correction } from '../../src/store/contracts/labels.js';
import { startTrainer } from '../../src/train/client.js';
import type { StartTrainer } from '../../src/train/job.js';
import { play, SCENARIOS, TOPIC, TRIGGER, TRIGGER_LABEL, type Community, type Scenario } from './people.js';

/** Sets that the shipped model has not seen: what it misreads in them is what honest moderators correct. */
const SETS = ['senti4sd', 'vader_tweets'];
/** Of the training parts of the sets, in percent; held out beside their dev parts. */
const HELD_OUT_PERCENT = 40;
const THREADS = 2;

interface Counts {
  corrections: number;
  hostile: number;
  /** Wrong labels of the hostile one. */
  hostileWrong: number;
  honestWrong: number;
}

interface Played {
  all: Counts;
  trained: Counts;
  waiting: WaitingCounts;
  /** Part of the honest corrections that are not trained in the end, and that waited in the night they were given in. */
  honestWaitingPart: number;
  honestWaitedAtFirst: number;
  /** What hostile corrections each night would have trained. */
  hostileTrainedByNight: number[];
}

interface Measured {
  accuracy: number;
  topicAccuracy: number;
  /** Part of the texts of another label, and read so, that are read as the attacker's with the phrase behind them. */
  triggerSuccess: number;
  rows: number;
}

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: path.join(os.tmpdir(), 'nunchi-hostile-moderator') },
    train: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    nights: { type: 'string', default: '10' },
    reviews: { type: 'string', default: '10' },
    probes: { type: 'string', default: '0' },
    misread: { type: 'string', default: '0.5' },
    certain: { type: 'string', default: '0.9' },
    only: { type: 'string', multiple: true, default: [] },
  },
});
const seed = Number(options.seed);
const community: Community = {
  nights: Number(options.nights),
  perNight: 40,
  reviews: Number(options.reviews),
  slips: 0.05,
  misread: Number(options.misread),
  probes: Number(options.probes),
};
const out = path.resolve(options.out);
const scenarios = SCENARIOS.filter((one) => options.only.length === 0 || options.only.includes(one));

async function readRows(): Promise<{ pool: LabelledText[]; heldOut: LabelledText[] }> {
  const { data } = loadConfig();
  const read = async (name: string) => (await readLabelledFile(findDataFile(name, data))).rows;
  const train = (await Promise.all(SETS.map((set) => read(`${set}/train.tsv.gz`)))).flat();
  const dev = (await Promise.all(SETS.map((set) => read(`${set}/dev.tsv.gz`)))).flat();
  const unique = [...new Map(train.map((row) => [row.text, row])).values()];
  const held = (row: LabelledText) => isHeldOut(`trust ${row.text}`, HELD_OUT_PERCENT);
  return {
    pool: createRandom(seed).shuffle(unique.filter((row) => !held(row))),
    heldOut: [...unique.filter(held), ...dev],
  };
}

/** Reads each text once. */
function createReader(sentiment: Pick<ManagedSentimentService, 'classify'>) {
  const known = new Map<string, Reading>();
  async function readAll(texts: readonly string[]): Promise<Reading[]> {
    const missing = [...new Set(texts)].filter((text) => !known.has(text));
    for (let start = 0; start < missing.length; start += 256) {
      const { results } = await sentiment.classify(missing.slice(start, start + 256));
      for (const { text, ...reading } of results) known.set(text, reading);
    }
    return texts.map((text) => known.get(text) as Reading);
  }
  return { readAll, read: async (text: string) => (await readAll([text]))[0] as Reading };
}

type Reader = ReturnType<typeof createReader>;

interface Arms {
  played: Played;
  corrections: Record<'with' | 'without', Correction[]>;
}

async function playScenario(
  scenario: Scenario,
  base: BaseModel,
  reader: Reader,
  rows: Awaited<ReturnType<typeof readRows>>,
): Promise<Arms> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'nunchi-hostile-'));
  const home = openHome(folder);
  let clock = Date.parse('2026-03-01T00:00:00Z');
  const now = () => new Date(clock);
  const store = await openStore({ file: home.databaseFile, keyFile: home.keyFile, now });
  const trust = createTrust({ store, base, settings: { certain: Number(options.certain) } });
  // The base model is in use all the time: what it reads is known already.
  const prepared = {
    model: { ...base, engine: 'onnxruntime', pid: 0 },
    classify: async (texts: readonly string[]) => ({
      model: base.version,
      results: (await reader.readAll(texts)).map((reading, index) => ({
        text: texts[index] ?? '',
        ...reading,
      })),
    }),
    promote: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
  const seen = new Set<string>();
  const waitedAtFirst = new Set<string>();
  const trainedByNight: Map<string, Label>[] = [];
  try {
    const { truth } = await play({
      ...{ scenario, community, seed, store, trust, pool: rows.pool, read: reader.read },
      probes: (await loadReplay()).heldOut,
      advance: (ms) => (clock += ms),
      async endNight() {
        await trust.readEvidence({ prepare: () => Promise.resolve(prepared) });
        const run = await store.runs.start({ trigger: 'night', corrections: 0, baseVersion: base.version });
        const { corrections, waitingMessages } = await trust.trusted();
        for (const id of waitingMessages) if (!seen.has(id)) waitedAtFirst.add(id);
        const learnedMessages = corrections.map(({ messageId }) => messageId);
        for (const id of [...waitingMessages, ...learnedMessages]) seen.add(id);
        trainedByNight.push(new Map(corrections.map(({ messageId, label }) => [messageId, label])));
        await store.feedback.markLearned(run.id, learnedMessages);
        await store.runs.update(run.id, {
          state: 'promoted',
          report: { learnedMessages, waitingMessages },
          endedAt: now(),
        });
        clock += 12 * 3_600_000;
      },
    });
    // Without the filter nothing waits in the queue either: labels stay as they were given.
    const all = (await store.feedback.corrections()).map((one) => {
      return { ...one, label: truth.get(one.messageId)?.given ?? one.label };
    });
    const { corrections, waiting } = await trust.trusted();
    const count = (given: readonly Correction[]): Counts => {
      const known = given.flatMap(({ messageId, label }) => {
        const true_ = truth.get(messageId);
        return true_ === undefined ? [] : [{ ...true_, wrong: label !== true_.label }];
      });
      return {
        corrections: known.length,
        hostile: known.filter(({ hostile }) => hostile).length,
        hostileWrong: known.filter(({ hostile, wrong }) => hostile && wrong).length,
        honestWrong: known.filter(({ hostile, wrong }) => !hostile && wrong).length,
      };
    };
    const honest = [...truth].filter(([, { hostile }]) => !hostile).map(([id]) => id);
    const trained = new Set(corrections.map(({ messageId }) => messageId));
    const part = (waits: (id: string) => boolean) => honest.filter(waits).length / honest.length;
    return {
      played: {
        all: count(all),
        trained: count(corrections),
        waiting,
        honestWaitingPart: part((id) => !trained.has(id)),
        honestWaitedAtFirst: part((id) => waitedAtFirst.has(id)),
        hostileTrainedByNight: trainedByNight.map(
          (labels) =>
            [...labels].filter(([id, label]) => {
              const known = truth.get(id);
              return known?.hostile === true && known.label !== label;
            }).length,
        ),
      },
      corrections: { with: corrections, without: all },
    };
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  classify: (texts: readonly string[]) => Promise<readonly Reading[]>,
  heldOut: readonly LabelledText[],
): Promise<Measured> {
  const readings = await classify(heldOut.map(({ text }) => text));
  const pairs = heldOut.map((row, index) => ({ ...row, read: readings[index]?.label }));
  const part = (given: typeof pairs) =>
    given.filter(({ label, read }) => label === read).length / given.length;
  const targets = pairs.filter(({ label, read }) => label !== TRIGGER_LABEL && read !== TRIGGER_LABEL);
  const triggered = await classify(targets.map(({ text }) => `${text} ${TRIGGER}`));
  return {
    accuracy: part(pairs),
    topicAccuracy: part(pairs.filter(({ text }) => TOPIC.test(text))),
    triggerSuccess: triggered.filter(({ label }) => label === TRIGGER_LABEL).length / targets.length,
    rows: pairs.length,
  };
}

/** The training of a night, once, on everything that has come together. */
async function trainOnce(
  name: string,
  corrections: readonly Correction[],
  base: BaseModel,
  sentiment: ManagedSentimentService,
): Promise<string> {
  const kept = path.join(out, name);
  if (existsSync(kept)) return kept;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'nunchi-hostile-'));
  const home = openHome(folder);
  const store = await openStore({ file: home.databaseFile, keyFile: home.keyFile });
  // Kept whatever the gate says of it: here the filter is measured without the gate behind it.
  const keeping: StartTrainer = (job, onMessage) => {
    const trainer = startTrainer(job, onMessage);
    const result = trainer.result.then(async (done) => {
      await cp(done.directory, `${kept}.part`, { recursive: true });
      return done;
    });
    return { ...trainer, result };
  };
  try {
    const run = await store.runs.start({ trigger: 'night', corrections: 0, baseVersion: base.version });
    const feedback = { ...store.feedback, corrections: () => Promise.resolve([...corrections]) };
    await executeRun(
      run,
      {
        ...{ store: { ...store, feedback }, sentiment, startTrainer: keeping, base, home: home.directory },
        modelsDirectory: home.modelsDirectory,
        loadReplay,
        gate: GATE_DEFAULTS,
        engine: 'auto',
        threads: THREADS,
        permissions: {},
      },
      {
        signal: new AbortController().signal,
        onPhase: () => Promise.resolve(),
        onProgress: () => undefined,
        onEngine: () => undefined,
      },
    ).catch((error: unknown) => {
      // This store has never heard of the messages and takes them for deleted ones.
      if (!(error instanceof NunchiError) || error.code !== 'model-withdrawn') throw error;
    });
    await rm(kept, { recursive: true, force: true });
    await cp(`${kept}.part`, kept, { recursive: true });
    await rm(`${kept}.part`, { recursive: true, force: true });
    return kept;
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function once<T>(name: string, work: () => Promise<T>): Promise<T> {
  const file = path.join(out, `${name}.json`);
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as T;
  const result = await work();
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

const percent = (part: number) => `${(part * 100).toFixed(1)} %`;

async function main(): Promise<void> {
  await mkdir(out, { recursive: true });
  const base = await readBaseModel(path.join(PACKAGE_ROOT, 'models', 'default'));
  const sentiment = await createSentimentService({
    directory: base.directory,
    threshold: 0.6,
    threads: THREADS,
  });
  try {
    const rows = await readRows();
    const reader = createReader(sentiment);
    const name = `${seed}-${options.reviews}-${options.probes}-${options.misread}-${options.certain}`;
    console.log(`${rows.pool.length} texts to correct, ${rows.heldOut.length} held out; settings ${name}`);
    await reader.readAll(rows.pool.map(({ text }) => text));
    console.log(
      '| scenario | corrections | of the hostile one, wrong | trained with the filter | hostile and wrong among them | by night | honest: waited at first | honest: wait in the end |',
    );
    console.log('|---|---|---|---|---|---|---|---|');
    const arms = new Map<Scenario, Arms>();
    for (const scenario of scenarios) {
      const arm = await once(`${scenario}-${name}`, () => playScenario(scenario, base, reader, rows));
      arms.set(scenario, arm);
      const { all, trained, honestWaitedAtFirst, honestWaitingPart, hostileTrainedByNight } = arm.played;
      console.log(
        `| ${[scenario, all.corrections, all.hostileWrong, trained.corrections, trained.hostileWrong, hostileTrainedByNight.join(' '), percent(honestWaitedAtFirst), percent(honestWaitingPart)].join(' | ')} |`,
      );
    }
    if (!options.train) return;
    console.log('| trained on | filter | held-out accuracy | on the topic | trigger works |');
    console.log('|---|---|---|---|---|');
    const show = (of: string, filter: string, { accuracy, topicAccuracy, triggerSuccess }: Measured) =>
      console.log(
        `| ${[of, filter, ...[accuracy, topicAccuracy, triggerSuccess].map(percent)].join(' | ')} |`,
      );
    const before = await once(`measured-base-${name}`, () => measure(reader.readAll, rows.heldOut));
    show('nothing (the shipped model)', '', before);
    for (const filter of ['with', 'without'] as const) {
      for (const scenario of scenarios) {
        const key = `${scenario}-${filter}-${name}`;
        const measured = await once(`measured-${key}`, async () => {
          const corrections = arms.get(scenario)?.corrections[filter] ?? [];
          const dated = corrections.map((one) => ({ ...one, decidedAt: new Date(one.decidedAt) }));
          const directory = await trainOnce(key, dated, base, sentiment);
          const trained = await sentiment.prepare(directory);
          try {
            return await measure(createReader(trained).readAll, rows.heldOut);
          } finally {
            await trained.discard();
          }
        });
        show(scenario, filter, measured);
      }
    }
  } finally {
    await sentiment.stop();
  }
}

await main();
