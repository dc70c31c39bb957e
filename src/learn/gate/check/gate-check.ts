// Holds the gate against candidates whose worth is known: bad ones, which must all be stopped, and honest nights, of which
// nearly all must pass. Results are kept one by one, so that a long check can be taken up again.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { replaceFileDurably } from '../../../bert/model-files.js';
import type { SentimentService } from '../../../serve/service.js';
import type { LabelledText, StartTrainer } from '../../../train/job.js';
import { NunchiError } from '../../../errors.js';
import type { GateConfig, GateDecision, GateRule, GateStop, GateVerdict } from '../../gate.js';
import type { ReplaySet } from '../../replay.js';
import type { RunSettings } from '../../run-settings.js';
import type { BaseSet } from '../base-set.js';
import { judgeCandidate } from '../judge-candidate.js';
import { BAD_CANDIDATES } from './bad-candidates.js';
import { drawHonestNight } from './honest-night.js';
import { trainNight } from './train-night.js';

export interface GateCheckConfig {
  sentiment: SentimentService;
  base: { version: string; directory: string };
  replay: ReplaySet;
  /** null where it is not on this machine. */
  baseSet: BaseSet | null;
  /** Texts of each source, from which honest nights are drawn. */
  honestTexts: readonly (readonly LabelledText[])[];
  /** Results, readings and models; results of an earlier check in it are not made again. */
  folder: string;
  startTrainer: StartTrainer;
  threads: number;
  goodCandidates: number;
  /** Corrections of each night. */
  corrections: number;
  /** Names to check, all where it is left out. */
  only?: ReadonlySet<string>;
  gate: GateConfig;
  /** How honest nights train. */
  settings: RunSettings;
  onResult?: (result: CheckedCandidate) => void;
}

export interface CheckedCandidate {
  name: string;
  kind: 'bad' | 'good';
  what: string;
  decision: GateDecision;
  rule: GateRule;
  stops: GateStop[];
  seconds: number;
  learned: { n: number; champion: number; candidate: number };
  verdict: GateVerdict;
}

type Unjudged = Pick<CheckedCandidate, 'name' | 'kind' | 'what'> & {
  judge: (directory: string) => Promise<Pick<CheckedCandidate, 'verdict' | 'learned'>>;
};

/** Nights and bad candidates draw from other seeds. */
const BAD_SEED = 1_000;

/** @throws NunchiError `usage` where the folder holds results of another model, other data or other settings */
export async function checkGate(config: GateCheckConfig): Promise<CheckedCandidate[]> {
  const results: CheckedCandidate[] = [];
  await mkdir(config.folder, { recursive: true });
  await claimFolder(config);
  for (const candidate of [...(await badOnes(config)), ...goodOnes(config)]) {
    if (config.only !== undefined && !config.only.has(candidate.name)) continue;
    const result = await checkOne(candidate, config.folder);
    config.onResult?.(result);
    results.push(result);
  }
  return results;
}

/** What results depend on is kept beside them. */
async function claimFolder(config: GateCheckConfig): Promise<void> {
  const { folder, base, baseSet, replay, corrections, gate, settings } = config;
  const file = path.join(folder, 'check.json');
  const sources = (replay.sources ?? []).map(({ name, rows }) => ({ name, rows: rows.length }));
  const content = `${JSON.stringify({ model: base.version, baseSet: baseSet?.rows.length ?? 0, replay: replay.hashes, sources, corrections, gate, settings }, null, 1)}\n`;
  if (!existsSync(file)) await replaceFileDurably(file, content);
  else if ((await readFile(file, 'utf8')) !== content)
    throw new NunchiError('usage', `${folder} holds results of another model, other data or other settings`, {
      hint: 'Name another folder, or delete this one.',
    });
}

async function checkOne({ judge, ...known }: Unjudged, folder: string): Promise<CheckedCandidate> {
  const file = path.join(folder, `${known.name}.json`);
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as CheckedCandidate;
  const directory = path.join(folder, `model-${known.name}`);
  const remove = async () => {
    for (const name of [directory, `${directory}-older`]) await rm(name, { recursive: true, force: true });
  };
  await remove();
  const start = performance.now();
  const { verdict, learned } = await judge(directory);
  await remove();
  const { decision, rule, stops } = verdict;
  const seconds = Math.round((performance.now() - start) / 1000);
  const result = { ...known, decision, rule, stops, seconds, learned, verdict };
  await replaceFileDurably(file, `${JSON.stringify(result, null, 1)}\n`);
  return result;
}

function sourcesOf({ baseSet, folder }: GateCheckConfig) {
  return { loadBaseSet: () => Promise.resolve(baseSet), readingsFolder: path.join(folder, 'readings') };
}

async function badOnes(config: GateCheckConfig): Promise<Unjudged[]> {
  const { sentiment, base, replay, startTrainer, threads } = config;
  const honest = await drawHonestNight(config.honestTexts, sentiment, config.corrections, BAD_SEED);
  return BAD_CANDIDATES.map(({ name, what, make }) => ({
    name,
    what,
    kind: 'bad',
    async judge(directory) {
      const context = { base, directory, replay, honest, startTrainer, threads, seed: BAD_SEED };
      const { version, trained } = await make(context);
      return judgeCandidate(
        {
          directory,
          version,
          purpose: 'night',
          heldOutReplay: replay.heldOut,
          trainedCorrections: trained,
          heldOutCorrections: [],
          known: replay.training.map(({ text }) => text),
        },
        { sentiment, base, gate: config.gate, sources: sourcesOf(config) },
      );
    },
  }));
}

function goodOnes(config: GateCheckConfig): Unjudged[] {
  const { sentiment, base, replay, gate } = config;
  return Array.from({ length: config.goodCandidates }, (_, index): Unjudged => {
    const seed = index + 1;
    return {
      name: `good-${String(seed).padStart(2, '0')}`,
      what: `a night of ${config.corrections} honest corrections`,
      kind: 'good',
      async judge(directory) {
        const rows = await drawHonestNight(config.honestTexts, sentiment, config.corrections, seed);
        const { version, dataset } = await trainNight(rows, directory, config);
        return judgeCandidate(
          {
            directory,
            version,
            purpose: 'night',
            known: replay.training.map(({ text }) => text),
            ...dataset,
          },
          { sentiment, base, gate, sources: sourcesOf(config) },
        );
      },
    };
  });
}
