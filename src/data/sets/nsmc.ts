// The official split of the Naver Sentiment Movie Corpus, byte for byte.
import type { DataSet } from './data-set.js';
import { decodeUtf8, malformed } from './text.js';

const COMMIT = 'e9t/nsmc/cc0670e872d4ac27bfe36c87456783004b39ef6c';
const COLUMNS = 'id\tdocument\tlabel';
const ROW = /^\d+\t[^\t]*\t[01]$/;

function check(bytes: Uint8Array, file: string): string[] {
  // The text is part of the protocol, so not even a carriage return is touched.
  const lines = decodeUtf8(bytes, file).replace(/\n$/, '').split('\n');
  if (lines[0] !== COLUMNS) throw malformed(file, 1, 'expected the columns id, document, label');
  const wrong = lines.findIndex((line, index) => index > 0 && !ROW.test(line));
  if (wrong !== -1)
    throw malformed(file, wrong + 1, 'expected a number, a text and 0 or 1, with tabs between');
  return lines;
}

export const NSMC: DataSet = {
  name: 'nsmc',
  language: 'ko',
  what: 'film reviews, official split',
  licence: 'CC0 1.0',
  by: 'Lucy Park',
  homepage: 'https://github.com/e9t/nsmc',
  originals: [
    {
      path: `${COMMIT}/ratings_train.txt`,
      checksum: 'sha256:e03b7d14e9e41be8d464a28057cd25d7396c53e67aa7fd5f7e552c59b0ee2940',
    },
    {
      path: `${COMMIT}/ratings_test.txt`,
      checksum: 'sha256:8ac9f64052f11dbf6ae0acb5e038f03d90a76f0eda7820cfb3a92d02edfcebda',
    },
  ],
  conversion: 'As published: columns id, document, label (0 negative, 1 positive); read with quoting off.',
  convert([train, test]) {
    return {
      splits: new Map([
        ['train', check(train as Uint8Array, 'ratings_train.txt')],
        ['test', check(test as Uint8Array, 'ratings_test.txt')],
      ]),
    };
  },
};
