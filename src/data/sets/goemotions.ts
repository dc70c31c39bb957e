// GoEmotions: 28 emotions of Reddit comments to negative, neutral, positive, by the groups of its own sentiment_dict.json.
import type { Label } from '../../labels.js';
import type { LabelledText } from '../labelled-file.js';
import type { DataSet } from './data-set.js';
import { CLEANING, cleanText, decodeUtf8, malformed, toLines, toTsv } from './text.js';

const REPOSITORY = 'google-research/google-research';
/** Numbers are places in emotions.txt; the last, 27, is neutral. */
const GROUPS: Readonly<Record<Label | 'ambiguous', readonly number[]>> = {
  negative: [2, 3, 9, 10, 11, 12, 14, 16, 19, 24, 25],
  neutral: [27],
  positive: [0, 1, 4, 5, 8, 13, 15, 17, 18, 20, 21, 23],
  ambiguous: [6, 7, 22, 26],
};
const GROUP_OF = new Map(
  Object.entries(GROUPS).flatMap(([group, numbers]) =>
    numbers.map((number) => [String(number), group as Label | 'ambiguous'] as const),
  ),
);
/** Shorter texts ("thank you") are said again and again: one in two splits is no leak. In letters and digits. */
const SHORT = 15;

/** Rows whose emotions are all of one group, and of none that is ambiguous. */
function readRows(bytes: Uint8Array, file: string): LabelledText[] {
  return toLines(decodeUtf8(bytes, file)).flatMap((line, index) => {
    const [text, emotions, ...rest] = line.split('\t');
    if (text === undefined || emotions === undefined || rest.length !== 1)
      throw malformed(file, index + 1, 'expected a text, emotions and an id, with tabs between');
    const groups = new Set(
      emotions.split(',').map((number) => {
        const group = GROUP_OF.get(number);
        if (group === undefined) throw malformed(file, index + 1, `"${number.slice(0, 20)}" is no emotion`);
        return group;
      }),
    );
    const [label] = groups;
    const clean = cleanText(text);
    if (groups.size !== 1 || label === undefined || label === 'ambiguous' || clean === undefined) return [];
    return [{ text: clean, label }];
  });
}

const lettersOf = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

export const GOEMOTIONS: DataSet = {
  name: 'goemotions',
  language: 'en',
  what: 'Reddit comments, official split',
  licence: 'Apache-2.0',
  by: 'Dorottya Demszky and others (Google Research), 2020',
  homepage: `https://github.com/${REPOSITORY}/tree/master/goemotions`,
  originals: [
    {
      path: `${REPOSITORY}/2adf640a14f11025ae5a9d0ec493b78530d276d3/goemotions/data/train.tsv`,
      checksum: 'sha256:1c254a142be5c00e80d819b9ae1bbd36d94b2eeb8f4b1271846508d57e57d9c5',
    },
    {
      path: `${REPOSITORY}/2adf640a14f11025ae5a9d0ec493b78530d276d3/goemotions/data/dev.tsv`,
      checksum: 'sha256:575489c079c9de1097062a01738f998590d6b7ead66dd1c9fd1d2ba01fd8bc62',
    },
    {
      path: `${REPOSITORY}/b91598b43297db06cca27a29fe2d0442dffea029/goemotions/data/test.tsv`,
      checksum: 'sha256:0587b2dd8b27b97352adbfc3fb083d46005c8946657fdc2b1ca8b1cc7f1f8be4',
    },
  ],
  conversion:
    'Groups of sentiment_dict.json; rows with an ambiguous emotion or with emotions of two groups are left out, and ' +
    `longer train texts that dev or test has too. ${CLEANING}`,
  untold: { train: 65 },
  convert([train, dev, test]) {
    const held = {
      dev: readRows(dev as Uint8Array, 'dev.tsv'),
      test: readRows(test as Uint8Array, 'test.tsv'),
    };
    const seen = new Set([...held.dev, ...held.test].map(({ text }) => lettersOf(text)));
    const rows = readRows(train as Uint8Array, 'train.tsv').filter(({ text }) => {
      const letters = lettersOf(text);
      return letters.length < SHORT || !seen.has(letters);
    });
    return {
      splits: new Map([
        ['train', toTsv(rows)],
        ['dev', toTsv(held.dev)],
        ['test', toTsv(held.test)],
      ]),
    };
  },
};
