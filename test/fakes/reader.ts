// A running model that reads as the test says, and keeps what it was asked.
import { LABELS, type Label, type Scores } from '../../src/labels.js';
import type { Reader } from '../../src/learn/paired-evaluation.js';

export interface FakeReader extends Reader {
  requests: string[][];
}

export function createFakeReader(
  version: string,
  directory: string,
  read: (text: string) => Label,
): FakeReader {
  const requests: string[][] = [];
  return {
    requests,
    model: { version, directory, engine: 'fake' },
    classify(texts) {
      requests.push([...texts]);
      const results = texts.map((text) => {
        const label = read(text);
        const scores = Object.fromEntries(LABELS.map((name) => [name, name === label ? 0.8 : 0.1])) as Scores;
        return { text, label, confidence: 0.8, scores, abstained: false };
      });
      return Promise.resolve({ model: version, results });
    },
  };
}
