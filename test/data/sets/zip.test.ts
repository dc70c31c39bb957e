// The zip reader: both ways of packing, limits, and 3,000 damaged archives that never give a wrong file.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/bert/random.js';
import { readZip } from '../../../src/data/sets/zip.js';
import { NunchiError } from '../../../src/errors.js';
import { makeZip } from '../../fixtures/zip.js';

const all = () => true;
const read = (archive: Uint8Array, wanted: (name: string) => boolean = all) =>
  Object.fromEntries(
    [...readZip(archive, 'a.zip', wanted)].map(([name, content]) => [name, content.toString()]),
  );
const ENTRIES = [
  { name: 'a/packed.txt', content: 'again and again and again '.repeat(40) },
  { name: 'a/stored.txt', content: '그대로', stored: true },
  { name: 'empty.txt', content: '' },
];
const CONTENTS = Object.fromEntries(ENTRIES.map(({ name, content }) => [name, content]));

describe('readZip', () => {
  it('gives every entry, or those wanted', () => {
    expect(read(makeZip(ENTRIES))).toEqual(CONTENTS);
    expect(read(makeZip(ENTRIES), (name) => name.endsWith('stored.txt'))).toEqual({
      'a/stored.txt': '그대로',
    });
    expect(read(makeZip([]))).toEqual({});
  });

  it('finds its directory before a comment and inside a larger buffer', () => {
    const archive = makeZip(ENTRIES);
    const commented = Buffer.concat([archive, Buffer.from('made by hand')]);
    commented.writeUInt16LE('made by hand'.length, archive.length - 2);
    const larger = Buffer.concat([Buffer.from('before'), commented]).subarray('before'.length);
    expect(read(larger)).toEqual(CONTENTS);
  });

  it.each([
    ['cut off', makeZip(ENTRIES).subarray(0, -4), /no zip file, or cut off/],
    ['encrypted', makeZip([{ name: 'a', content: 'a', flags: 1 }]), /is encrypted/],
    [
      'of a bomb',
      makeZip([{ name: 'a', content: 'a', statedSize: 100 * 1024 * 1024 }]),
      /inflates to more than/,
    ],
    [
      'of an entry longer than stated',
      makeZip([{ name: 'a', content: 'a'.repeat(99), statedSize: 9 }]),
      /damaged/,
    ],
    [
      'of an entry shorter than stated',
      makeZip([{ name: 'a', content: 'a'.repeat(9), statedSize: 99 }]),
      /damaged/,
    ],
    [
      'of very many entries',
      makeZip(
        Array.from({ length: 1001 }, (_, index) => ({ name: String(index), content: '', stored: true })),
      ),
      /has 1001 entries/,
    ],
  ])('refuses an archive %s', (_, archive, message) => {
    expect(() => read(archive)).toThrowError(
      expect.objectContaining({
        code: 'data-format',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it('of damaged bytes gives the true contents or an error', () => {
    const archive = makeZip(ENTRIES);
    const random = createRandom(7);
    let refused = 0;
    for (let round = 0; round < 3000; round += 1) {
      const damaged = Buffer.from(archive);
      const at = Math.floor(random.next() * damaged.length);
      damaged[at] = Math.floor(random.next() * 256);
      try {
        // A name may have become another one; a content may not.
        const contents = Object.values(read(damaged));
        for (const content of contents) expect(Object.values(CONTENTS)).toContain(content);
      } catch (error) {
        if (!(error instanceof NunchiError)) throw error;
        expect(error.code).toBe('data-format');
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(300);
  });
});
