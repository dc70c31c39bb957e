// The reference copy: what is shipped of it fits the sets, and rows come back into their splits by it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DATA_SETS } from '../../../src/data/sets/index.js';
import { NSMC } from '../../../src/data/sets/nsmc.js';
import {
  assignSplits,
  describeSplit,
  loadReference,
  packReference,
  textKey,
} from '../../../src/data/sets/reference.js';

const folder = mkdtempSync(path.join(tmpdir(), 'nunchi-reference-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the shipped reference', () => {
  it.each(DATA_SETS.map(({ name }) => name))('of %s is whole', async (name) => {
    const { splits, texts } = await loadReference(name);
    for (const [split, { rows, labels }] of Object.entries(splits)) {
      expect(
        Object.values(labels).reduce((sum, count) => sum + count, 0),
        split,
      ).toBe(rows);
    }
    const keys = Object.values(texts).flat();
    expect(new Set(keys).size).toBe(keys.length);
    const listed = Object.values(splits).reduce((sum, { rows }) => sum + rows, 0);
    expect([0, listed]).toContain(keys.length);
  });

  it('of NSMC is the published files themselves', async () => {
    const { splits } = await loadReference('nsmc');
    expect(NSMC.originals.map(({ checksum }) => checksum)).toEqual([
      `sha256:${splits.train?.sha256}`,
      `sha256:${splits.test?.sha256}`,
    ]);
    expect(splits).toMatchObject({
      train: { rows: 150_000, labels: { negative: 75_173, positive: 74_827 } },
      test: { rows: 50_000, labels: { negative: 24_827, positive: 25_173 } },
    });
  });

  it('that is missing or cut off is named', async () => {
    await expect(loadReference('none', folder)).rejects.toMatchObject({ code: 'data-unreadable' });
    const { sha256, rows, labels } = describeSplit(['text\tlabel', 'a\tpositive', 'b\tneutral']);
    const splits = { train: { sha256, rows, labels } };
    const packed = packReference({ splits, texts: { train: [1, 2] } });
    writeFileSync(path.join(folder, 'cut.json'), packed.json);
    writeFileSync(path.join(folder, 'cut.bin'), packed.bin?.subarray(0, 6) ?? '');
    await expect(loadReference('cut', folder)).rejects.toMatchObject({ code: 'data-unreadable' });
    writeFileSync(path.join(folder, 'cut.bin'), packed.bin ?? '');
    expect(await loadReference('cut', folder)).toEqual({ splits, texts: { train: [1, 2] } });
  });
});

describe('assignSplits', () => {
  it('takes rows in the order of the splits and leaves out what no split has', () => {
    const rows = ['하나', '둘', '셋', '둘'].map((text, index) => ({
      text,
      label: index === 3 ? ('negative' as const) : ('positive' as const),
    }));
    const keys = (...texts: string[]) => texts.map(textKey);
    const splits = assignSplits(rows, { train: keys('셋', 'gone', '둘'), test: keys('하나') });
    expect(splits.get('train')).toEqual([
      { text: '셋', label: 'positive' },
      { text: '둘', label: 'positive' },
    ]);
    expect(splits.get('test')).toEqual([{ text: '하나', label: 'positive' }]);
  });
});

describe('the originals', () => {
  it('are pinned: a commit in every address, a checksum of full length, no set twice', () => {
    expect(new Set(DATA_SETS.map(({ name }) => name)).size).toBe(DATA_SETS.length);
    for (const { path: file, checksum } of DATA_SETS.flatMap(({ originals }) => originals)) {
      expect(file).toMatch(/^[\w-]+\/[\w-]+\/[0-9a-f]{40}\/[^/].*[^/]$/);
      expect(checksum).toMatch(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/);
    }
  });
});
