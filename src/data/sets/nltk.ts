// Three sets of review sentences that NLTK distributes as zip files.
import { NunchiError } from '../../errors.js';
import type { Label } from '../../labels.js';
import type { LabelledText } from '../labelled-file.js';
import type { DataSet } from './data-set.js';
import { CLEANING, cleanText, decodeOldText, toLines } from './text.js';
import { readZip } from './zip.js';

const COMMIT = 'nltk/nltk_data/5db857e6f7df11eabb5e5665836db9ec8df07e28/packages/corpora';
const COMMON = { language: 'en', licence: 'CC-BY 4.0', homepage: 'https://www.nltk.org/nltk_data/' } as const;

function row(text: string, label: Label): LabelledText[] {
  const clean = cleanText(text);
  return clean === undefined ? [] : [{ text: clean, label }];
}

/** @throws NunchiError `data-format` where a name has no entry or two */
function pick(archive: Uint8Array, file: string, names: readonly string[]): string[][] {
  const nameOf = (entry: string) => entry.split('/').at(-1) ?? '';
  const files = [...readZip(archive, file, (entry) => names.includes(nameOf(entry)))];
  return names.map((name) => {
    const found = files.filter(([entry]) => nameOf(entry) === name);
    const [only] = found;
    if (only === undefined || found.length > 1)
      throw new NunchiError('data-format', `${file} has ${found.length} files ${name} instead of one`);
    return toLines(decodeOldText(only[1]));
  });
}

export const SENTENCE_POLARITY: DataSet = {
  ...COMMON,
  name: 'sentence_polarity',
  what: 'film review sentences',
  by: 'Bo Pang and Lillian Lee, 2005',
  originals: [
    {
      path: `${COMMIT}/sentence_polarity.zip`,
      checksum:
        'sha512:d3772edc13d46fb835f40a9c6714b95885d3ba2eded37a24c8aad6d3e63ca49a9c79387218e2f67bda2e52d52449daf1dd1e603a4819ae46da78f4e0a38ba599',
    },
  ],
  conversion: `As labelled; lower-cased and tokenised at the source. ${CLEANING}`,
  convert([archive]) {
    const names = ['rt-polarity.neg', 'rt-polarity.pos'];
    const [negative = [], positive = []] = pick(archive as Uint8Array, 'sentence_polarity.zip', names);
    return {
      rows: [
        ...negative.flatMap((line) => row(line, 'negative')),
        ...positive.flatMap((line) => row(line, 'positive')),
      ],
    };
  },
};

/** `camera[+2], size[-1][u]##The sentence`: of one sign only; titles and sentences without a sign have no label. */
function readReviews(archive: Uint8Array, file: string): LabelledText[] {
  const isReviews = (entry: string) => /\.txt$/i.test(entry) && !/(^|\/)readme[^/]*$/i.test(entry);
  const files = readZip(archive, file, isReviews);
  if (files.size === 0) throw new NunchiError('data-format', `${file} has no reviews`);
  return [...files.values()].flatMap((content) =>
    toLines(decodeOldText(content)).flatMap((line) => {
      const at = line.indexOf('##');
      const signs = new Set(
        [...line.slice(0, Math.max(0, at)).matchAll(/\[\s*([+-])/g)].map(([, sign]) => sign),
      );
      if (signs.size !== 1) return [];
      return row(line.slice(at + 2), signs.has('+') ? 'positive' : 'negative');
    }),
  );
}

export const PRODUCT_REVIEWS: DataSet = {
  ...COMMON,
  name: 'product_reviews',
  what: 'product review sentences',
  by: 'Minqing Hu and Bing Liu, 2004; Xiaowen Ding, Bing Liu, Philip S. Yu, 2008',
  originals: [
    {
      path: `${COMMIT}/product_reviews_1.zip`,
      checksum:
        'sha512:511a719b2694bee35a39057a770005f0234beebc289e01aceddd432adabc5e580e99cc8a06c960855764709432b24b62508daa5414cd4b1e491379c3f07649de',
    },
    {
      path: `${COMMIT}/product_reviews_2.zip`,
      checksum:
        'sha512:24ddd6e62a62ef81ec88fa5991507f3e7e479caf778d3738bb30ddc74898e03a8629a532147a0e0b899b3b2e0933fbefdd0ec0b0e774fc726c4145d66bf5cd29',
    },
  ],
  conversion: `Sentences whose marked aspects are all praised or all faulted. ${CLEANING}`,
  convert: (archives) => ({
    rows: archives.flatMap((archive, index) => readReviews(archive, `product_reviews_${index + 1}.zip`)),
  }),
};

/** `<Pros>light, cheap</Pros>`; like NLTK's own reader, other lines are passed over. */
function readPhrases(lines: readonly string[], label: Label): LabelledText[] {
  return lines.flatMap((line) => {
    const [, text] = /^\s*<(?:Pros|Cons)>(.*)<\/(?:Pros|Cons)>/.exec(line) ?? [];
    return text === undefined ? [] : row(text, label);
  });
}

export const PROS_CONS: DataSet = {
  ...COMMON,
  name: 'pros_cons',
  what: 'pros and cons of products, weak labels',
  by: 'Bing Liu, 2008',
  originals: [
    {
      path: `${COMMIT}/pros_cons.zip`,
      checksum:
        'sha512:9eea1070b67e648d5e6e84d5a336d95c9eb3192cd0fa4a66f298076ac5907783ecda5cfe1b6e66209a99ec4e326666b14e1cc89ffb4cc8b2b91fed7db77db75f',
    },
  ],
  conversion: `Pros are positive, cons negative; phrases found among both are left out. ${CLEANING}`,
  convert([archive]) {
    const names = ['IntegratedCons.txt', 'IntegratedPros.txt'];
    const [cons = [], pros = []] = pick(archive as Uint8Array, 'pros_cons.zip', names);
    return { rows: [...readPhrases(cons, 'negative'), ...readPhrases(pros, 'positive')] };
  },
};
