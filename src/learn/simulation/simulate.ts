// Nights of corrections through the true nightly code, on a clock of its own: what the models that come into use read, on texts
// that nothing was trained on, and what they still know of before.
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { openModelDirectory, updateManifest } from '../../bert/model-directory.js';
import { NunchiError } from '../../errors.js';
import type { Label, Reading } from '../../labels.js';
import type { SentimentService } from '../../serve/service.js';
import type { Store } from '../../store/store.js';
import type { LabelledText, StartTrainer } from '../../train/job.js';
import type { RunSettings } from '../run-settings.js';
import { evaluateTexts } from '../evaluate.js';
import type { ModelRegistry } from '../model-registry.js';
import type { Night } from '../night.js';
import type { ReplaySet } from '../replay.js';
import type { TrainingReport } from '../training-report.js';
import { POLICY_PLANS, type Policy, type PolicyPlan } from './policies.js';
import type { Stream } from './stream.js';

/** Both 0 to 1; only the labels that the texts hold are compared. */
export interface Figures {
  accuracy: number;
  macroF1: number;
}

export interface SimulatedNight {
  /** From 1. */
  night: number;
  /** Of the model in use after the night, on the held-out part of the stream. */
  stream: Figures;
  /** Of the same model on the base test, where it is measured. */
  base?: Figures;
  /** Progressive validation: how the corrections of the night were read before they were given. */
  progressive: Figures;
  promoted: boolean;
  /** How the night ended, as it is recorded, and the rule of the gate. */
  state: string;
  rule?: string;
  /** Of the model in use after it. */
  version: string;
  /** Corrections trained on, replay rows beside them, and steps. */
  trained: { corrections: number; replay: Readonly<Record<string, number>>; steps: number };
  /** Wall time of the night alone. */
  seconds: number;
}

export interface Simulation {
  policy: Policy;
  seed: number;
  /** Before the first night. */
  before: { stream: Figures; base?: Figures };
  nights: SimulatedNight[];
  heldOut: number;
  promotions: number;
  /** Accuracy on the held-out part of the stream won by the last night, and on the base test lost. */
  gain: number;
  forgetting?: number;
}

/** The parts of a bot that a simulation touches. */
export interface SimulatedBot {
  store: Pick<Store, 'messages' | 'feedback' | 'predictions' | 'models' | 'runs'>;
  sentiment: SentimentService;
  registry: ModelRegistry;
  night: Night;
  stop(): Promise<void>;
}

export interface OpenBotOptions {
  /** Folder of its own, made where it does not exist. */
  home: string;
  base: string;
  now: () => Date;
  /** With fewer held-out corrections none is held out. */
  minHeldOutCorrections: number | undefined;
  settings: Partial<RunSettings>;
  loadReplay: () => Promise<ReplaySet>;
  wrapTrainer: (startTrainer: StartTrainer) => StartTrainer;
}

export interface SimulationConfig {
  policy: Policy;
  seed: number;
  stream: Stream;
  /** null where there is none. */
  baseTest: readonly LabelledText[] | null;
  /** Whether the base test is read after every night, not only the first and the last. */
  every: boolean;
  /** Model directory. */
  base: string;
  /** Empty folder for everything that is written. */
  folder: string;
  loadReplay: () => Promise<ReplaySet>;
  openBot: (options: OpenBotOptions) => Promise<SimulatedBot>;
  onNight?: (night: SimulatedNight) => void;
}

/** Noon, so that the first night is the next one. */
const BEGIN = Date.parse('2026-01-05T12:00:00Z');
const DAY_MS = 24 * 60 * 60_000;
const MODERATORS = 5;
/** Texts in one request; half of what the queue takes. */
const CHUNK = 256;
const EMOJI: Readonly<Record<Label, string>> = { negative: '🔴', neutral: '⚪', positive: '🟢' };
/** More than any stream has. */
const NONE_HELD_OUT = 1_000_000;
const NO_REPLAY: ReplaySet = { training: [], heldOut: [], hashes: {} };

/** @throws NunchiError `training-failed` where a night fails, and what the parts throw */
export async function simulate(config: SimulationConfig): Promise<Simulation> {
  const plan = POLICY_PLANS[config.policy];
  const groups = plan.atOnce ? [config.stream.nights.flat()] : config.stream.nights;
  const clock = { now: BEGIN };
  const kept: string[] = [];
  const open = (base: string, number: number) =>
    config.openBot({
      home: path.join(config.folder, `home-${number}`),
      base,
      now: () => new Date(clock.now),
      minHeldOutCorrections: plan.gated ? undefined : NONE_HELD_OUT,
      settings: plan.settings,
      loadReplay: plan.replays ? config.loadReplay : async () => withoutTraining(await config.loadReplay()),
      wrapTrainer: (startTrainer) =>
        plan.gated ? startTrainer : keepCopies(startTrainer, config.folder, kept),
    });

  let bot = await open(config.base, 0);
  try {
    const measure = createMeasure(config);
    const before = await measure(bot, true);
    const nights: SimulatedNight[] = [];
    for (const [index, corrections] of groups.entries()) {
      if (plan.chained && index > 0) {
        const last = bot.sentiment.model.directory;
        const next = path.join(config.folder, `base-${index}`);
        await cp(last, next, { recursive: true });
        await bot.stop();
        bot = await open(next, index);
      }
      const progressive = await correct(bot, corrections, index);
      const started = performance.now();
      clock.now += DAY_MS;
      const end = plan.trains ? await runNight(bot, plan, kept) : FROZEN;
      const seconds = (performance.now() - started) / 1000;
      const ends = index === 0 || index === groups.length - 1;
      const night: SimulatedNight = {
        night: index + 1,
        ...(await measure(bot, ends || config.every)),
        progressive,
        ...end,
        version: bot.sentiment.model.version,
        seconds: Math.round(seconds * 10) / 10,
      };
      nights.push(night);
      config.onNight?.(night);
    }
    const last = nights.at(-1);
    return {
      policy: config.policy,
      seed: config.seed,
      before,
      nights,
      heldOut: config.stream.heldOut.length,
      promotions: nights.filter(({ promoted }) => promoted).length,
      gain: (last?.stream.accuracy ?? 0) - before.stream.accuracy,
      ...(before.base === undefined || last?.base === undefined
        ? {}
        : { forgetting: before.base.accuracy - last.base.accuracy }),
    };
  } finally {
    await bot.stop();
  }
}

const withoutTraining = (replay: ReplaySet): ReplaySet => ({ ...NO_REPLAY, heldOut: replay.heldOut });

/** A gate that keeps a model removes it; what no gate decides about is copied before. */
function keepCopies(startTrainer: StartTrainer, folder: string, kept: string[]): StartTrainer {
  return (job, onMessage) => {
    const trainer = startTrainer(job, onMessage);
    const result = trainer.result.then(async (trained) => {
      const copy = path.join(folder, `model-${kept.length + 1}`);
      await cp(trained.directory, copy, { recursive: true });
      // It serves in the form of the model that it comes from.
      const { quantization } = (await openModelDirectory(job.baseDirectory)).manifest;
      if (quantization?.used === true)
        await updateManifest(copy, { quantization: { used: true, evaluations: [] } });
      kept.push(copy);
      return trained;
    });
    result.catch(() => undefined);
    return { pid: trainer.pid, result, cancel: () => trainer.cancel() };
  };
}

/** Figures of the model in use; a model that was measured is not measured again. */
function createMeasure({ stream, baseTest }: Pick<SimulationConfig, 'stream' | 'baseTest'>) {
  const known = new Map<string, { stream?: Figures; base?: Figures }>();
  return async (
    { sentiment }: SimulatedBot,
    withBase: boolean,
  ): Promise<{ stream: Figures; base?: Figures }> => {
    const { version } = sentiment.model;
    const figures = known.get(version) ?? {};
    known.set(version, figures);
    const read = async (rows: readonly LabelledText[]): Promise<Figures> => {
      const classify = async (texts: readonly string[]) => {
        const readings: Reading[] = [];
        for (let start = 0; start < texts.length; start += CHUNK) {
          readings.push(...(await sentiment.classify(texts.slice(start, start + CHUNK))).results);
        }
        return readings;
      };
      const { accuracy, macroF1 } = await evaluateTexts(classify, rows);
      return { accuracy, macroF1 };
    };
    figures.stream ??= await read(stream.heldOut);
    if (!withBase || baseTest === null) return { stream: figures.stream };
    figures.base ??= await read(baseTest);
    return { stream: figures.stream, base: figures.base };
  };
}

/** Messages are read as they come, then moderators say what they are, one after the other. */
async function correct(
  { store, sentiment }: SimulatedBot,
  corrections: readonly LabelledText[],
  night: number,
): Promise<Figures> {
  const readings: Reading[] = [];
  for (const [index, { text, label }] of corrections.entries()) {
    const where = { platform: 'web', communityId: 'local', channelId: 'page' };
    const message = await store.messages.add({
      ...where,
      externalId: `${night}-${index}`,
      personId: `author-${index}`,
      author: 'person',
      inReplyTo: null,
      text,
      trainable: true,
    });
    const { model, results } = await sentiment.classify([text]);
    const [reading] = results;
    if (reading === undefined) throw new NunchiError('internal', 'a text was not read');
    await store.predictions.add(message.id, model, reading);
    readings.push(reading);
    await store.feedback.record({
      messageId: message.id,
      platform: 'web',
      personId: `moderator-${index % MODERATORS}`,
      moderator: true,
      emoji: EMOJI[label],
      label,
      action: 'added',
    });
  }
  const asRead = (texts: readonly string[]) => Promise.resolve(readings.splice(0, texts.length));
  const { accuracy, macroF1 } = await evaluateTexts(asRead, corrections);
  return { accuracy, macroF1 };
}

type NightEnd = Pick<SimulatedNight, 'promoted' | 'state' | 'rule' | 'trained'>;
const FROZEN: NightEnd = {
  promoted: false,
  state: 'frozen',
  trained: { corrections: 0, replay: {}, steps: 0 },
};

async function runNight(
  { store, sentiment, registry, night }: SimulatedBot,
  plan: PolicyPlan,
  kept: readonly string[],
): Promise<NightEnd> {
  const copies = kept.length;
  const ended = await night.runDue();
  if (ended === null) throw new NunchiError('internal', 'the simulated night did not come to an end');
  const run = ended.trainingRunId === null ? null : await store.runs.get(ended.trainingRunId);
  if (ended.state === 'failed' || ended.state === 'cancelled') {
    throw new NunchiError('training-failed', `a simulated night ended as ${ended.state}`, {
      hint: run?.reason ?? ended.reason ?? 'The log says why.',
    });
  }
  const report = run?.report as Partial<TrainingReport> | null | undefined;
  const directory = kept.at(-1);
  if (!plan.gated && kept.length > copies && directory !== undefined) {
    const version = run?.candidateVersion ?? '';
    if (version !== sentiment.model.version) {
      await store.models.register({ version, directory, parent: run?.baseVersion ?? null, metrics: {} });
      await registry.promote(version, 'a simulation without a gate');
    }
  }
  const promoted = plan.gated ? ended.state === 'promoted' : kept.length > copies;
  return {
    promoted,
    state: plan.gated || !promoted ? ended.state : 'promoted',
    ...(report?.verdict === undefined ? {} : { rule: plan.gated ? report.verdict.rule : 'no-gate' }),
    trained: {
      corrections: report?.trainedCorrections ?? 0,
      replay: report?.replaySources ?? {},
      steps: report?.steps ?? 0,
    },
  };
}
