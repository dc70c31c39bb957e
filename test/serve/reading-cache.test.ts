import { describe, expect, it } from 'vitest';
import type { Reading } from '../../src/labels.js';
import { createReadingCache } from '../../src/serve/reading-cache.js';

/** A model that gives each text the number of its call as confidence. */
function countingModel(options = {}) {
  const calls: (readonly string[])[] = [];
  const cache = createReadingCache((texts) => {
    calls.push(texts);
    const confidence = calls.length;
    const scores = { negative: 0, neutral: 1, positive: 0 };
    return Promise.resolve(
      texts.map((): Reading => ({ label: 'neutral', confidence, scores, abstained: false })),
    );
  }, options);
  const read = async (...texts: string[]) => (await cache.read(texts)).map(({ confidence }) => confidence);
  return { calls, cache, read };
}

describe('the cache of readings', () => {
  it('asks the model only for what it has not read yet, and counts', async () => {
    const { calls, cache, read } = countingModel();
    expect(await read('a', 'b')).toEqual([1, 1]);
    expect(await read('c', 'a', 'd', 'b')).toEqual([2, 1, 2, 1]);
    expect(await read('a')).toEqual([1]);
    expect(calls).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(cache.counts).toEqual({ hits: 3, misses: 4, entries: 4 });
  });

  it('forgets what was used longest ago', async () => {
    const { read, cache } = countingModel({ entries: 2 });
    await read('a');
    await read('b');
    await read('a');
    await read('c');
    expect(cache.counts.entries).toBe(2);
    expect(await read('a')).toEqual([1]);
    expect(await read('b')).toEqual([4]);
  });

  it('forgets everything when something was deleted, what is being read at that moment too', async () => {
    const { read, cache } = countingModel();
    await read('a');
    const underWay = read('b');
    cache.clear();
    await underWay;
    expect(cache.counts.entries).toBe(0);
    expect(await read('a', 'b')).toEqual([3, 3]);
  });

  it('keeps no long text', async () => {
    const { read, cache } = countingModel({ longestText: 3 });
    expect(await read('long', 'abc')).toEqual([1, 1]);
    expect(await read('long', 'abc')).toEqual([2, 1]);
    expect(cache.counts.entries).toBe(1);
  });

  it('keeps nothing of a failed run', async () => {
    let fails = true;
    const cache = createReadingCache((texts) =>
      fails ? Promise.reject(new Error('out of memory')) : Promise.resolve(texts.map(() => ({}) as Reading)),
    );
    await expect(cache.read(['a'])).rejects.toThrow('out of memory');
    fails = false;
    expect(await cache.read(['a'])).toEqual([{}]);
  });
});
