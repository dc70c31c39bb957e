// Safetensors files made to harm, beyond one wrong number: the limits of a header, keys that parsing would hide, files that
// are no files, and some thousand seeded mutations of a good file. What a small header costs a reader stays small.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/bert/random.js';
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from '../../src/bert/safetensors.js';
import type { Weights } from '../../src/bert/weights.js';
import { NunchiError } from '../../src/errors.js';

const LIMIT = 4 * 1024 * 1024;
let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-hostile-'));
  file = path.join(folder, 'model.safetensors');
});
afterAll(() => rmSync(folder, { recursive: true }));

function compose(header: string | Uint8Array, data = Buffer.alloc(0), claimed?: bigint): Buffer {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed ?? BigInt(json.length));
  return Buffer.concat([length, json, data]);
}
const read = (content: Uint8Array) => {
  writeFileSync(file, content);
  return readSafetensors(file);
};
const refused = (message: RegExp) => ({
  code: 'model-weights-invalid',
  message: expect.stringMatching(message) as string,
});
const ONE = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
const FOUR_BYTES = Buffer.from([0, 0, 128, 63]);

describe('the header', () => {
  it('is read up to 4 MiB and not beyond', async () => {
    const padded = (length: number) => `{"a":${ONE}}`.padEnd(length, ' ');
    expect((await read(compose(padded(LIMIT), FOUR_BYTES))).get('a')?.data).toEqual(Float32Array.of(1));
    await expect(read(compose(padded(LIMIT + 1), FOUR_BYTES))).rejects.toMatchObject(
      refused(/claims 4194305 bytes, at most 4194304 are read/),
    );
  });

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
  ])('nested a million times with %s is refused at once', async (open, close) => {
    const depth = Math.floor((LIMIT - 100) / (open.length + close.length));
    const header = `{"a":${open.repeat(depth)}1${close.repeat(depth)}}`;
    await expect(read(compose(header))).rejects.toMatchObject(refused(/nested too deeply/));
  });

  it.each([
    ['at the top', `{"a":${ONE},"a":${ONE}}`],
    ['written with an escape', `{"a":${ONE},"\\u0061":${ONE}}`],
    ['with spaces', `{"a" : ${ONE} , "a"\t:${ONE}}`],
    ['in a tensor', `{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}`],
    ['in the metadata', `{"__metadata__":{"k":"v","k":"w"},"a":${ONE}}`],
    ['as the metadata', `{"__metadata__":{},"__metadata__":{},"a":${ONE}}`],
  ])('that repeats a key %s is refused', async (_, header) => {
    await expect(read(compose(header, FOUR_BYTES))).rejects.toMatchObject(refused(/named twice/));
  });

  it('may hold the same key in different objects, and texts that look like keys', async () => {
    const name = String.raw`a\":{\"b`;
    const header = `{"__metadata__":{"dtype":"x","a":":{\\"a\\":"},"${name}":${ONE}}`;
    expect([...(await read(compose(header, FOUR_BYTES))).keys()]).toEqual(['a":{"b']);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', ''])('may name a tensor "%s"', async (name) => {
    const weights = await read(compose(`{"${name}":${ONE}}`, FOUR_BYTES));
    expect([...weights]).toEqual([[name, { shape: [1], data: Float32Array.of(1) }]]);
  });

  it.each<[string, string | Uint8Array]>([
    ['with a byte order mark', `\ufeff{"a":${ONE}}`],
    ['with a space before it', ` {"a":${ONE}}`],
    ['in UTF-16', Buffer.from(`{"a":${ONE}}`, 'utf16le')],
    ['with a broken escape', `{"a\\u00zz":${ONE}}`],
    ['with a text that does not end', `{"a":${ONE},"b`],
    [
      'with half a UTF-8 character',
      Buffer.concat([Buffer.from('{"'), Buffer.from([0xea, 0xb0]), Buffer.from(`":${ONE}}`)]),
    ],
    ['with two documents', `{"a":${ONE}}{}`],
  ])('%s is refused', async (_, header) => {
    await expect(read(compose(header, FOUR_BYTES))).rejects.toMatchObject({ code: 'model-weights-invalid' });
  });

  it.each(['null', '[]', '"pt"', '1', '{"k":1}', '{"k":null}', '{"k":{}}', '["a"]'])(
    'with the metadata %s',
    async (metadata) => {
      const content = compose(`{"__metadata__":${metadata},"a":${ONE}}`, FOUR_BYTES);
      await expect(read(content)).rejects.toMatchObject(refused(/__metadata__|is not/));
    },
  );

  it.each([
    [[2 ** 32, 2 ** 32, 0]],
    [[0, 2 ** 53 - 1, 2 ** 53 - 1]],
    [[Number.MAX_SAFE_INTEGER]],
    [[2 ** 26, 2 ** 26]],
    [new Array<number>(9).fill(1)],
  ])('with the shape %j does not overflow', async (shape) => {
    const header = (bytes: number) =>
      JSON.stringify({ a: { dtype: 'F32', shape, data_offsets: [0, bytes] } });
    for (const bytes of [0, 4]) {
      const result = await read(compose(header(bytes), Buffer.alloc(bytes))).catch((error: unknown) => error);
      // Only the shape that begins with 0 has a true size: none.
      if (shape[0] === 0 && bytes === 0)
        expect(result).toEqual(new Map([['a', { shape, data: new Float32Array(0) }]]));
      else expect(result).toMatchObject({ code: 'model-weights-invalid' });
    }
  });

  it.each(['1e400', '-1', '1.5', '9007199254740993', '"1"', 'null', 'true', '[1]'])(
    'with the number %s in shape or offsets is refused',
    async (number) => {
      for (const tensor of [
        `{"dtype":"F32","shape":[${number}],"data_offsets":[0,4]}`,
        `{"dtype":"F32","shape":[1],"data_offsets":[${number},4]}`,
        `{"dtype":"F32","shape":[1],"data_offsets":[0,${number}]}`,
      ])
        await expect(read(compose(`{"a":${tensor}}`, FOUR_BYTES))).rejects.toMatchObject({
          code: 'model-weights-invalid',
        });
    },
  );
});

describe('what is no regular file', () => {
  it.skipIf(process.platform === 'win32').each(['pipe', '/dev/zero'])(
    '%s is refused, not waited for',
    async (name) => {
      const target = path.resolve(folder, name);
      if (name === 'pipe') execFileSync('mkfifo', [target]);
      await expect(readSafetensorsHeader(target)).rejects.toMatchObject(refused(/not a regular file/));
      const link = path.join(folder, `link-to-${path.basename(name)}`);
      symlinkSync(target, link);
      await expect(readSafetensors(link)).rejects.toMatchObject(refused(/not a regular file/));
    },
  );
});

describe('2,000 mutations of a good file', () => {
  const weights: Weights = new Map([
    ['bert.a', { shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) }],
    ['bert.b', { shape: [4], data: Float32Array.from([7, 8, 9, 10]) }],
    ['empty', { shape: [0, 2], data: new Float32Array(0) }],
  ]);
  const good = Buffer.from(writeSafetensors(weights, 'float32'));
  const headerLength = Number(good.readBigUInt64LE(0));
  const header = good.subarray(8, 8 + headerLength).toString();
  const data = good.subarray(8 + headerLength);
  const random = createRandom(2026, 1);
  const below = (limit: number) => Math.floor(random.next() * limit);
  const pick = <T>(list: readonly T[]) => list[below(list.length)] as T;
  const TOKENS = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '0',
    '-1',
    '1e9',
    '9007199254740991',
    '18446744073709551616',
    '"F16"',
    '"I64"',
    'null',
    'true',
    '"shape":',
    '"a":',
    '\u0000',
    '\ud800',
    '가',
    ' ',
  ];

  /** One change: of bytes anywhere, of the length field, of the header's text or its numbers, or of the file's length. */
  function mutated(): Buffer {
    const kind = below(6);
    if (kind === 0) {
      const copy = Buffer.from(good);
      for (let n = below(4); n >= 0; n -= 1) copy[below(copy.length)] = below(256);
      return copy;
    }
    if (kind === 1) return compose(header, data, BigInt(below(2 ** 31)) << BigInt(below(34)));
    if (kind === 2) {
      const at = below(header.length);
      return compose(header.slice(0, at) + pick(TOKENS) + header.slice(at + below(3)), data);
    }
    if (kind === 3) {
      const numbers = [...header.matchAll(/\d+/g)];
      const { 0: old, index } = pick(numbers);
      return compose(
        header.slice(0, index) + pick(TOKENS.slice(8, 13)) + header.slice(index + old.length),
        data,
      );
    }
    if (kind === 4) {
      const [from, to] = [below(header.length), below(header.length)].sort((a, b) => a - b) as [
        number,
        number,
      ];
      return compose(header.slice(0, to) + header.slice(from), data);
    }
    return below(2) === 0
      ? good.subarray(0, below(good.length))
      : Buffer.concat([good, good.subarray(0, below(40))]);
  }

  it('are refused with a code, or hold what their header says', { timeout: 60_000 }, async () => {
    const memory = process.memoryUsage().arrayBuffers;
    let [opened, rejected] = [0, 0];
    for (let index = 0; index < 2_000; index += 1) {
      const content = mutated();
      try {
        const found = await read(content);
        opened += 1;
        const bytes = [...found.values()].reduce((sum, tensor) => sum + tensor.data.length, 0);
        expect(bytes * 2, `case ${index}`).toBeLessThanOrEqual(content.length);
        for (const { shape, data: values } of found.values())
          expect(values.length).toBe(shape.reduce((product, size) => product * size, 1));
      } catch (error) {
        rejected += 1;
        if (!(error instanceof NunchiError)) throw new Error(`case ${index}`, { cause: error });
        expect(error.code).toBe('model-weights-invalid');
        expect(error.message.length).toBeLessThan(1_000);
      }
    }
    // Both happen, or the mutations would be too tame or too wild to tell anything.
    expect(opened).toBeGreaterThan(50);
    expect(rejected).toBeGreaterThan(1_000);
    expect(process.memoryUsage().arrayBuffers - memory).toBeLessThan(64 * 1024 * 1024);
  });
});
