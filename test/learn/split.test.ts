// Which side of the split a text is on: fixed for ever, the same for every way of writing it.
import { describe, expect, it } from 'vitest';
import { normalisedText, textKey } from '../../src/data/text-key.js';
import { buildDataset, type DatasetConfig } from '../../src/learn/dataset.js';
import { loadReplay, type ReplaySet } from '../../src/learn/replay.js';
import { isHeldOut, splitByText } from '../../src/learn/split.js';
import type { Correction } from '../../src/store/contracts/labels.js';
import type { LabelledText } from '../../src/train/job.js';

const correction = (messageId: string, text: string, label: Correction['label'], day = 1): Correction => ({
  messageId,
  ...{ platform: 'web', communityId: 'local', consent: 'given', trainable: true },
  text,
  label,
  decidedAt: new Date(Date.UTC(2026, 0, day)),
});
const SIZE = 500;
const CONFIG: DatasetConfig = {
  minHeldOutCorrections: 5,
  correctionShare: 0.2,
  maxRepeats: 24,
  replay: { own: SIZE, fetched: 0, policy: 'balanced', mix: {}, seed: 1 },
};
const EMPTY: ReplaySet = { training: [], heldOut: [], hashes: {} };

describe('the split', () => {
  it('takes texts that read the same for the same text', () => {
    expect(normalisedText('  Hello \n\tWORLD ')).toBe('hello world');
    expect(textKey('한글')).toBe(textKey('한글'.normalize('NFD')));
    expect(textKey('좋아요')).not.toBe(textKey('좋아요!'));
  });

  it('never moves a text: these sides are written down', () => {
    // sha256 in the first 8 hex digits: 2cf24dba (hello) is 0.176, 486ea462 (world) 0.283 of the range.
    expect(isHeldOut('Hello')).toBe(true);
    expect(isHeldOut('world')).toBe(false);
  });

  it('holds out about the part it was asked for', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => ({ text: `text ${i}` }));
    const { training, heldOut } = splitByText(rows);
    expect(training.length + heldOut.length).toBe(5000);
    expect(heldOut.length).toBeGreaterThan(900);
    expect(heldOut.length).toBeLessThan(1100);
  });
});

describe('the replay set', () => {
  it('has over 12,000 distinct texts, of each label at least 29 %, on both sides of the split', async () => {
    const { training, heldOut } = await loadReplay();
    const all = [...training, ...heldOut];
    expect(all.length).toBeGreaterThan(12_000);
    expect(new Set(all.map((row) => textKey(row.text))).size).toBe(all.length);
    const count = (rows: LabelledText[], label: string) => rows.filter((row) => row.label === label).length;
    for (const label of ['negative', 'neutral', 'positive']) {
      expect(count(all, label) / all.length).toBeGreaterThan(0.29);
      expect(count(heldOut, label)).toBeGreaterThan(heldOut.length / 4);
    }
  });
});

describe('the data of a run', () => {
  it('trains on every correction while there are few, repeated to their share', async () => {
    const replay = await loadReplay();
    const data = buildDataset([correction('m1', 'Hello', 'negative')], replay, CONFIG);
    expect(data.heldOutCorrections).toEqual([]);
    expect(data.trainedCorrections.map((c) => c.messageId)).toEqual(['m1']);
    expect(data.repeats).toBe(CONFIG.maxRepeats);
    expect(data.examples).toHaveLength(SIZE + data.repeats);
  });

  it('trains the newest word on a text, and says which other messages have it', async () => {
    const words = [
      correction('m1', 'Hello', 'negative', 1),
      correction('m2', 'hello', 'positive', 2),
      correction('m3', 'HELLO', 'positive', 3),
      correction('m4', 'another', 'neutral', 4),
    ];
    const data = buildDataset(words, await loadReplay(), CONFIG);
    const ids = (some: readonly Correction[]) => some.map(({ messageId }) => messageId);
    expect(ids(data.trainedCorrections)).toEqual(['m3', 'm4']);
    expect(ids(data.sameTexts)).toEqual(['m1', 'm2']);
  });

  it('replays the same rows every time, of every label and of both languages', async () => {
    const replay = await loadReplay();
    const shuffled = { ...replay, training: replay.training.toReversed() };
    const words = [correction('m1', 'Hello', 'negative')];
    const { examples } = buildDataset(words, replay, CONFIG);
    expect(buildDataset(words, shuffled, CONFIG).examples).toEqual(examples);
    const korean = examples.filter(({ text }) => /[가-힣]/u.test(text)).length;
    expect(korean).toBeGreaterThan(SIZE / 3);
    const replayed = examples.slice(0, SIZE);
    expect(replayed.every(({ known }) => known === true)).toBe(true);
    expect(examples.slice(SIZE).some(({ known }) => known === true)).toBe(false);
    for (const label of ['negative', 'neutral', 'positive']) {
      const share = replayed.filter((row) => row.label === label).length / replayed.length;
      expect(share).toBeCloseTo(1 / 3, 2);
    }
  });

  it('holds out by text once there are enough', () => {
    const many = Array.from({ length: 60 }, (_, i) => correction(`m${i}`, `message ${i}`, 'neutral'));
    const data = buildDataset(many, EMPTY, CONFIG);
    expect(data.heldOutCorrections.length).toBeGreaterThanOrEqual(CONFIG.minHeldOutCorrections);
    expect(data.heldOutCorrections.every((c) => isHeldOut(c.text))).toBe(true);
    expect(data.trainedCorrections).toHaveLength(60 - data.heldOutCorrections.length);
    expect(data.repeats).toBe(1);
  });

  it('lets the newest word on a text decide, whatever the order', () => {
    const words = [correction('m2', 'so so', 'positive', 2), correction('m1', 'So  so', 'negative', 1)];
    expect(buildDataset(words, EMPTY, CONFIG).trainedCorrections).toEqual([words[0]]);
  });

  it('lets a correction outrank the replay set, in training and in judging', () => {
    const replay: ReplaySet = {
      training: [{ text: 'world', label: 'positive' }],
      heldOut: [{ text: 'hello', label: 'positive' }],
      hashes: {},
    };
    const words = [correction('m1', 'World', 'negative'), correction('m2', 'Hello', 'negative')];
    const data = buildDataset(words, replay, CONFIG);
    expect(data.heldOutReplay).toEqual([]);
    expect(data.examples.some((row) => row.label === 'positive')).toBe(false);
  });
});
