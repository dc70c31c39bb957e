import { describe, expect, it } from 'vitest';
import { toBatches } from '../../src/onnx/token-batches.js';

const LENGTHS = [5, 2, 9, 5, 2, 30, 5];

describe('toBatches', () => {
  it('puts rows of like length together, shortest first, within the limit with its padding', () => {
    expect(toBatches(LENGTHS, { tokens: 20, equalLength: false })).toEqual([[1, 4, 0, 3], [6, 2], [5]]);
  });

  it('mixes no lengths where none may be padded', () => {
    expect(toBatches(LENGTHS, { tokens: 10, equalLength: true })).toEqual([[1, 4], [0, 3], [6], [2], [5]]);
  });

  it('keeps to a number of rows', () => {
    expect(toBatches([3, 3, 3], { tokens: 100, rows: 2, equalLength: true })).toEqual([[0, 1], [2]]);
  });

  it('takes every row once, and none of none', () => {
    const lengths = Array.from({ length: 500 }, (_, i) => 2 + ((i * 37) % 120));
    const batches = toBatches(lengths, { tokens: 2048, equalLength: false });
    expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
    expect(toBatches([], { tokens: 1, equalLength: true })).toEqual([]);
  });
});
