// The conversions held against a local copy of the public data (NUNCHI_DATA): its rows, put back into the published
// forms, become the very same files again, through a server and to the last byte.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchSet } from '../../../src/data/fetch-set.js';
import type { DataSet } from '../../../src/data/sets/data-set.js';
import { CHATBOT_KO } from '../../../src/data/sets/chatbot-ko.js';
import { GOEMOTIONS } from '../../../src/data/sets/goemotions.js';
import { PRODUCT_REVIEWS, PROS_CONS, SENTENCE_POLARITY } from '../../../src/data/sets/nltk.js';
import { NSMC } from '../../../src/data/sets/nsmc.js';
import { XED_EN } from '../../../src/data/sets/xed.js';
import { startFakeOrigin, type FakeOrigin } from '../../fakes/origin.js';
import { withOriginals } from '../../fixtures/data-originals.js';
import { makeZip } from '../../fixtures/zip.js';

const copy = process.env.NUNCHI_DATA;

interface Row {
  text: string;
  label: string;
}
const unpack = (set: DataSet, split: string) =>
  gunzipSync(readFileSync(path.join(copy ?? '', set.name, `${split}.tsv.gz`)));
function rowsOf(set: DataSet, split: string): Row[] {
  const lines = unpack(set, split).toString().trimEnd().split('\n').slice(1);
  return lines.map((line) => {
    const [text = '', label = ''] = line.split('\t');
    return { text, label };
  });
}
/** In another order than that of any split. */
const allRows = (set: DataSet) =>
  ['test', 'train', 'dev'].flatMap((split) => rowsOf(set, split)).sort((a, b) => (a.text < b.text ? -1 : 1));
const lines = (rows: readonly Row[], line: (row: Row) => string) =>
  Buffer.from(rows.map((row) => `${line(row)}\n`).join(''));
const only = (rows: readonly Row[], ...labels: string[]) =>
  rows.filter(({ label }) => labels.includes(label));

/** The published forms, from rows of the local copy. */
const ORIGINALS: [DataSet, () => Uint8Array[]][] = [
  [NSMC, () => [unpack(NSMC, 'train'), unpack(NSMC, 'test')]],
  [
    GOEMOTIONS,
    () => {
      const numbers: Record<string, string> = { negative: '2,25', neutral: '27', positive: '17' };
      return ['train', 'dev', 'test'].map((split) =>
        lines(rowsOf(GOEMOTIONS, split), ({ text, label }) => `${text} \t${numbers[label]}\tid`),
      );
    },
  ],
  [
    XED_EN,
    () => {
      const rows = allRows(XED_EN);
      const annotated = only(rows, 'negative', 'positive');
      return [
        lines(annotated, ({ text, label }) => `${text}\t${label === 'negative' ? '1, 6' : '8, 5'}`),
        lines(only(rows, 'neutral'), ({ text }) => `9\t${text}`),
      ];
    },
  ],
  [
    CHATBOT_KO,
    () => {
      const topics: Record<string, string> = { neutral: '0', negative: '1', positive: '2' };
      const quoted = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
      const body = lines(allRows(CHATBOT_KO), ({ text, label }) => `${quoted(text)},네.,${topics[label]}`);
      return [Buffer.concat([Buffer.from('Q,A,label\n'), body])];
    },
  ],
  [
    SENTENCE_POLARITY,
    () => {
      const rows = allRows(SENTENCE_POLARITY);
      const file = (label: string) => lines(only(rows, label), ({ text }) => `${text} `);
      return [
        makeZip([
          { name: 'sentence_polarity/rt-polarity.neg', content: file('negative') },
          { name: 'sentence_polarity/rt-polarity.pos', content: file('positive') },
        ]),
      ];
    },
  ],
  [
    PRODUCT_REVIEWS,
    () => {
      const content = lines(
        allRows(PRODUCT_REVIEWS),
        ({ text, label }) => `size[${label === 'negative' ? '-1' : '+2'}]##${text}`,
      );
      const middle = content.indexOf('\n', content.length / 2) + 1;
      return [content.subarray(0, middle), content.subarray(middle)].map((part, index) =>
        makeZip([{ name: `product_reviews_${index + 1}/A.txt`, content: part }]),
      );
    },
  ],
  [
    PROS_CONS,
    () => {
      const rows = allRows(PROS_CONS);
      const file = (label: string, tag: string) =>
        lines(only(rows, label), ({ text }) => `<${tag}>${text}</${tag}>`);
      return [
        makeZip([
          { name: 'pros_cons/IntegratedCons.txt', content: file('negative', 'Cons') },
          { name: 'pros_cons/IntegratedPros.txt', content: file('positive', 'Pros') },
        ]),
      ];
    },
  ],
];

describe.skipIf(copy === undefined)('a local copy (NUNCHI_DATA)', () => {
  let folder: string;
  let origin: FakeOrigin;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'nunchi-local-copy-'));
    origin = await startFakeOrigin();
  });
  afterAll(async () => {
    await origin.close();
    rmSync(folder, { recursive: true });
  });

  it.each(ORIGINALS.map(([set, make]) => [set.name, set, make] as const))(
    'of %s comes out as it went in',
    async (_, set, make) => {
      const contents = make();
      set.originals.forEach(({ path: file }, index) =>
        origin.answers.set(file, contents[index] as Uint8Array),
      );
      // NSMC's local copy is the published files: their own checksums hold.
      const fetched = set === NSMC ? set : withOriginals(set, contents);
      const { sources, warnings } = await fetchSet(fetched, {
        folder,
        origin: origin.url,
        now: () => new Date(),
      });
      expect(warnings).toEqual([]);
      for (const name of Object.keys(sources?.files ?? {})) {
        expect(sources?.files[name]?.asReference, name).toBe(true);
        const written = gunzipSync(readFileSync(path.join(folder, set.name, name)));
        expect(written.equals(unpack(set, name.replace('.tsv.gz', ''))), name).toBe(true);
      }
    },
  );

  it('of NSMC has the hashes of the blobs in its repository', () => {
    const blob = (content: Buffer) =>
      createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    expect(blob(unpack(NSMC, 'train'))).toBe('ac0dba272895dc1d0b3dd5f11afbeaeb7abe7876');
    expect(blob(unpack(NSMC, 'test'))).toBe('b6cfcd8cd1557bcd9bf06617b0e429ed73e9a367');
  });
});
