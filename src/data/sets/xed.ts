// XED, English: subtitle lines with Plutchik's emotions to negative and positive, and its file of neutral lines.
import type { Label } from '../../labels.js';
import type { LabelledText } from '../labelled-file.js';
import type { DataSet } from './data-set.js';
import { CLEANING, cleanText, decodeUtf8, malformed, toLines } from './text.js';

const COMMIT = 'Helsinki-NLP/XED/76666d251f147cf518071bef4f8415dab6b96115/AnnotatedData';
/** Anger, anticipation, disgust, fear, joy, sadness, surprise, trust are 1 to 8; two of them may be of either kind. */
const KINDS: Readonly<Record<string, Label | 'ambiguous'>> = {
  1: 'negative',
  2: 'ambiguous',
  3: 'negative',
  4: 'negative',
  5: 'positive',
  6: 'negative',
  7: 'ambiguous',
  8: 'positive',
};

function readAnnotated(bytes: Uint8Array, file: string): LabelledText[] {
  return toLines(decodeUtf8(bytes, file)).flatMap((line, index) => {
    const [text = '', emotions] = line.split('\t');
    if (emotions === undefined)
      throw malformed(file, index + 1, 'expected a text and emotions, with a tab between');
    const kinds = new Set(
      emotions.split(',').map((number) => {
        const kind = KINDS[number.trim()];
        if (kind === undefined) throw malformed(file, index + 1, `"${number.slice(0, 20)}" is no emotion`);
        return kind;
      }),
    );
    const [label] = kinds;
    const clean = cleanText(text);
    if (kinds.size !== 1 || label === undefined || label === 'ambiguous' || clean === undefined) return [];
    return [{ text: clean, label }];
  });
}

function readNeutral(bytes: Uint8Array, file: string): LabelledText[] {
  return toLines(decodeUtf8(bytes, file)).flatMap((line, index) => {
    // A few lines are of tabs alone.
    if (line.trim() === '') return [];
    const [, text] = line.split('\t');
    if (text === undefined)
      throw malformed(file, index + 1, 'expected a number and a text, with a tab between');
    const clean = cleanText(text);
    return clean === undefined ? [] : [{ text: clean, label: 'neutral' as const }];
  });
}

export const XED_EN: DataSet = {
  name: 'xed_en',
  language: 'en',
  what: 'film subtitles',
  licence: 'CC-BY 4.0',
  by: 'Emily Öhman, Marc Pàmies, Kaisla Kajava, Jörg Tiedemann, 2020',
  homepage: 'https://github.com/Helsinki-NLP/XED',
  originals: [
    {
      path: `${COMMIT}/en-annotated.tsv`,
      checksum: 'sha256:26ac0254fbdb8b09cf2b00d44041d9084ece31bd200ae7c0e0662fbd8b037d98',
    },
    {
      path: `${COMMIT}/neu_en.txt`,
      checksum: 'sha256:6e8b38af83b80fb64ec1139007973b1f09ec16d48549e82de22423cdba259f08',
    },
  ],
  conversion:
    'Anger, disgust, fear, sadness are negative, joy and trust positive; rows with anticipation or surprise or of both ' +
    `kinds are left out. ${CLEANING}`,
  convert([annotated, neutral]) {
    return {
      rows: [
        ...readAnnotated(annotated as Uint8Array, 'en-annotated.tsv'),
        ...readNeutral(neutral as Uint8Array, 'neu_en.txt'),
      ],
    };
  },
};
