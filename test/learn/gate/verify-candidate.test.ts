// Files of candidates: one that is right passes, and each fault that a generator makes is found before anything is loaded;
// on the tiny model, and on the shipped one the candidates that need no training.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelDirectory } from '../../../src/bert/model-directory.js';
import { GATE_DEFAULTS } from '../../../src/learn/gate.js';
import { BAD_CANDIDATES, type BadContext } from '../../../src/learn/gate/check/bad-candidates.js';
import { checkGate } from '../../../src/learn/gate/check/gate-check.js';
import { judgeCandidate } from '../../../src/learn/gate/judge-candidate.js';
import { verifyCandidate, type FileProblemKind } from '../../../src/learn/gate/verify-candidate.js';
import { loadReplay, type ReplaySet } from '../../../src/learn/replay.js';
import { RUN_DEFAULTS } from '../../../src/learn/run-settings.js';
import { SHIPPED_MODEL_DIRECTORY as DEFAULT_MODEL } from '../../../src/paths.js';
import { createSentimentService } from '../../../src/serve/sentiment-service.js';
import { startTrainerWith } from '../../../src/train/client.js';
import type { StartTrainer } from '../../../src/train/job.js';
import { makeTinyModel } from '../../fixtures/tiny-model.js';

const PATIENCE_MS = 120_000;

let folder: string;
let base: { version: string; directory: string };
let replay: ReplaySet;
const at = (name: string) => path.join(folder, name);
const startTrainer: StartTrainer = (job, onMessage) => startTrainerWith({ priority: 0 }, job, onMessage);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-verify-'));
  const directory = await makeTinyModel(at('base'));
  base = { version: (await openModelDirectory(directory)).version, directory };
  const all = await loadReplay();
  replay = { ...all, training: all.training.slice(0, 40), heldOut: all.heldOut.slice(0, 300) };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const contextFor = (name: string, from = base): BadContext => ({
  base: from,
  directory: at(name),
  replay,
  honest: replay.training.slice(0, 20),
  startTrainer,
  threads: 1,
  seed: 1,
});

async function make(name: string, from = base) {
  const bad = BAD_CANDIDATES.find((one) => one.name === name);
  if (bad === undefined) throw new Error(`no bad candidate ${name}`);
  const directory = `${name}-${from.version}`;
  await bad.make(contextFor(directory, from));
  return at(directory);
}

const FAULTS: [string, FileProblemKind][] = [
  ['nan-weights', 'not-finite'],
  ['labels-swapped', 'labels'],
  ['truncated-file', 'damaged'],
];

describe('files of a candidate', () => {
  it.each(FAULTS)('of the tiny model: %s is %s', async (name, kind) => {
    const files = await verifyCandidate(await make(name), base);
    expect(files.problem?.kind).toBe(kind);
    expect(files.problem?.detail).not.toContain(folder);
  });

  it(
    'are told apart from another base, another shape and a missing manifest',
    async () => {
      expect((await verifyCandidate(await make('older-base'), base)).problem?.kind).toBe('other-base');
      await makeTinyModel(at('wide'), { hidden: 32 });
      const manifest = JSON.parse(readFileSync(at('wide/manifest.json'), 'utf8')) as { parent: unknown };
      writeFileSync(at('wide/manifest.json'), JSON.stringify({ ...manifest, parent: base.version }));
      expect((await verifyCandidate(at('wide'), base)).problem?.kind).toBe('shape');
      cpSync(base.directory, at('bare'), { recursive: true });
      rmSync(at('bare/manifest.json'));
      expect((await verifyCandidate(at('bare'), base)).problem?.kind).toBe('damaged');
      expect((await verifyCandidate(at('nowhere'), base)).problem?.kind).toBe('damaged');
    },
    PATIENCE_MS,
  );

  it('are sound where only the weights changed, and their size is told', async () => {
    const files = await verifyCandidate(await make('head-swapped'), base);
    expect(files.problem).toBeNull();
    expect(files.bytes).toBeGreaterThan(10_000);
    expect(files.baseBytes).toBeGreaterThan(10_000);
  });
});

describe('the shipped model', () => {
  it(
    'is protected against every bad candidate that needs no training',
    async () => {
      const shipped = {
        version: (await openModelDirectory(DEFAULT_MODEL)).version,
        directory: DEFAULT_MODEL,
      };
      for (const [name, kind] of FAULTS) {
        const directory = await make(name, shipped);
        expect((await verifyCandidate(directory, shipped)).problem?.kind).toBe(kind);
        rmSync(directory, { recursive: true });
      }
      const sentiment = await createSentimentService({ directory: DEFAULT_MODEL, threshold: 0.6 });
      try {
        const directory = await make('head-swapped', shipped);
        const { version } = await openModelDirectory(directory);
        const { verdict } = await judgeCandidate(
          {
            directory,
            version,
            purpose: 'night',
            heldOutReplay: replay.heldOut,
            trainedCorrections: [],
            heldOutCorrections: [],
            known: [],
          },
          {
            sentiment,
            base: shipped,
            gate: { ...GATE_DEFAULTS, latencyTexts: 5 },
            sources: { loadBehaviour: () => Promise.resolve([]) },
          },
        );
        expect(verdict).toMatchObject({ decision: 'keep', rule: 'worse-on-replay' });
        // Judged, and so to be served, in the form of its base.
        expect((await openModelDirectory(directory)).manifest.quantization?.used).toBe(true);
      } finally {
        await sentiment.stop();
      }
    },
    PATIENCE_MS,
  );
});

describe('the check of the gate', () => {
  it(
    'makes and judges candidates, keeps each result, and does not make it again',
    async () => {
      const sentiment = await createSentimentService({ directory: base.directory, threshold: 0.6 });
      const told: string[] = [];
      const check = (latencyTexts = 3) =>
        checkGate({
          sentiment,
          base,
          replay,
          baseSet: null,
          honestTexts: [replay.training, replay.heldOut],
          folder: at('check'),
          startTrainer,
          threads: 1,
          goodCandidates: 1,
          corrections: 20,
          only: new Set(['nan-weights', 'good-01']),
          gate: { ...GATE_DEFAULTS, latencyTexts },
          settings: RUN_DEFAULTS,
          onResult: ({ name }) => told.push(name),
        });
      try {
        const results = await check();
        expect(results[0]).toMatchObject({
          name: 'nan-weights',
          kind: 'bad',
          decision: 'keep',
          rule: 'files',
        });
        expect(results.at(-1)).toMatchObject({ name: 'good-01', kind: 'good', learned: { n: 20 } });
        expect(existsSync(at('check/model-good-01'))).toBe(false);
        const again = await check();
        expect(again.map(({ seconds }) => seconds)).toEqual(results.map(({ seconds }) => seconds));
        expect(told).toEqual(['nan-weights', 'good-01', 'nan-weights', 'good-01']);
        await expect(check(4)).rejects.toMatchObject({ code: 'usage' });
      } finally {
        await sentiment.stop();
      }
    },
    PATIENCE_MS,
  );
});
