// By which measure a community takes a reading.
import { expect, it } from 'vitest';
import { applyThreshold } from '../../src/chat/readings.js';
import { readingAs } from '../fakes/sentiment.js';

const SURE = readingAs('positive', 0.6);
const UNSURE = readingAs('positive', 0.6, 'low-confidence');
const EMPTY = readingAs('neutral', 0.9, 'empty');
const FOREIGN = readingAs('neutral', 0.9, 'unknown-text');

it.each([
  ['none of its own: as it was read', SURE, null, SURE],
  ['none of its own: as it was read, unsure too', UNSURE, null, UNSURE],
  ['a stricter one', SURE, 0.7, UNSURE],
  ['a laxer one', UNSURE, 0.5, SURE],
  ['just reached', UNSURE, 0.6, SURE],
  ['nothing to read', EMPTY, 0.5, EMPTY],
  ['unknown words', FOREIGN, 0.5, FOREIGN],
])('%s', (_name, reading, threshold, expected) => {
  expect(applyThreshold(reading, threshold)).toEqual(expected);
});
