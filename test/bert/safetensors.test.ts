// The safetensors format: exact round trips, rounding to 16 bits, and files made to harm.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromFloat16, toFloat16 } from '../../src/bert/half-float.js';
import { readSafetensors, writeSafetensors } from '../../src/bert/safetensors.js';
import type { Weights } from '../../src/bert/weights.js';

let folder: string;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-safetensors-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function save(content: Uint8Array): string {
  const file = path.join(folder, `${(count += 1)}.safetensors`);
  writeFileSync(file, content);
  return file;
}

/** A file from its parts, valid or not. */
function compose(header: unknown, dataBytes: number, headerLength?: bigint): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength ?? BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

const weights: Weights = new Map([
  ['b', { shape: [2, 2], data: Float32Array.of(1, -2.5, 65504, 1e-7) }],
  ['a', { shape: [3], data: Float32Array.of(0.1, 0, -0) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
]);

describe('a round trip', () => {
  it('in 32 bits is exact', async () => {
    const read = await readSafetensors(save(writeSafetensors(weights, 'float32')));
    expect(Object.fromEntries(read)).toEqual(Object.fromEntries(weights));
  });

  it('in 16 bits rounds', async () => {
    const read = await readSafetensors(save(writeSafetensors(weights, 'float16')));
    expect(read.get('b')).toEqual({ shape: [2, 2], data: Float32Array.of(1, -2.5, 65504, 2 ** -23) });
    expect(read.get('a')?.data[0]).toBeCloseTo(0.1, 4);
  });

  it('does not depend on the order of the tensors', () => {
    const reversed = new Map([...weights].reverse());
    expect(writeSafetensors(reversed, 'float32')).toEqual(writeSafetensors(weights, 'float32'));
  });

  it('aligns the data to 8 bytes', () => {
    expect(Buffer.from(writeSafetensors(weights, 'float16')).readBigUInt64LE() % 8n).toBe(0n);
  });

  it('reads only what is selected, past types that cannot be read', async () => {
    const header = {
      ids: { dtype: 'I64', shape: [1], data_offsets: [0, 8] },
      x: { dtype: 'BF16', shape: [2], data_offsets: [8, 12] },
    };
    const content = compose(header, 12);
    content.set([0x80, 0x3f, 0x20, 0xc0], content.length - 4);
    const file = save(content);
    expect((await readSafetensors(file, (name) => name === 'x')).get('x')?.data).toEqual(
      Float32Array.of(1, -2.5),
    );
    await expect(readSafetensors(file)).rejects.toMatchObject({ code: 'model-weights-invalid' });
  });
});

describe('16-bit floats', () => {
  it('come back from every bit pattern', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, i) => i).filter((i) => (i & 0x7c00) !== 0x7c00);
    expect(Buffer.from(toFloat16(fromFloat16(all)).buffer).equals(Buffer.from(all.buffer))).toBe(true);
  });

  it('round to the nearest, ties to even', () => {
    const between = (a: number, b: number, part: number) => a + (b - a) * part;
    const step = 2 ** -10;
    const given = [
      1 + step / 2,
      1 + 1.5 * step,
      between(1, 1 + step, 0.51),
      65519,
      65520,
      1e30,
      2 ** -25,
      1.5 * 2 ** -24,
    ];
    expect([...fromFloat16(toFloat16(Float32Array.from(given)))]).toEqual([
      1,
      1 + 2 * step,
      1 + step,
      65504,
      Infinity,
      Infinity,
      0,
      2 ** -23,
    ]);
    expect(fromFloat16(toFloat16(Float32Array.of(NaN)))[0]).toBeNaN();
  });
});

const f32 = (shape: unknown, offsets: unknown) => ({ dtype: 'F32', shape, data_offsets: offsets });

describe('a hostile file', () => {
  it.each<[string, Uint8Array]>([
    ['is empty', new Uint8Array(0)],
    ['is shorter than its length field', new Uint8Array(7)],
    ['claims a header longer than the file', compose({}, 0, 1000n)],
    ['claims a header of 2^63 bytes', compose({}, 0, 2n ** 63n)],
    ['has a header that is no JSON', compose('{"a":', 0)],
    ['has a header that is no object', compose([], 0)],
    [
      'has a header that is not UTF-8',
      Buffer.concat([compose('{}', 0).subarray(0, 8), Buffer.from([0xff, 0xfe])]),
    ],
    ['ends early', compose({ a: f32([2], [0, 8]) }, 4)],
    ['has bytes after its tensors', compose({ a: f32([2], [0, 8]) }, 9)],
    ['has overlapping tensors', compose({ a: f32([2], [0, 8]), b: f32([2], [4, 12]) }, 12)],
    ['has two tensors in one place', compose({ a: f32([2], [0, 8]), b: f32([2], [0, 8]) }, 8)],
    ['has a gap', compose({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12)],
    ['has offsets in the wrong order', compose({ a: f32([1], [4, 0]) }, 4)],
    ['has negative offsets', compose({ a: f32([1], [-4, 0]) }, 4)],
    ['has fractional offsets', compose({ a: f32([1], [0.5, 4.5]) }, 4)],
    ['has a shape that overflows', compose({ a: f32([2 ** 31, 2 ** 31, 2 ** 31], [0, 4]) }, 4)],
    ['has a shape that wraps to its size', compose({ a: f32([2 ** 62, 4], [0, 0]) }, 0)],
    ['has a shape of its own kind', compose({ a: f32(['1'], [0, 4]) }, 4)],
    ['has an unknown type', compose({ a: { dtype: 'F31', shape: [1], data_offsets: [0, 4] } }, 4)],
    [
      'has a type from the prototype',
      compose({ a: { dtype: 'toString', shape: [1], data_offsets: [0, 4] } }, 4),
    ],
    ['has a tensor that is null', compose({ a: null }, 0)],
    [
      'names a tensor twice',
      compose(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        4,
      ),
    ],
  ])('that %s', async (_, content) => {
    await expect(readSafetensors(save(content))).rejects.toMatchObject({ code: 'model-weights-invalid' });
  });

  it('that is not there', async () => {
    await expect(readSafetensors(path.join(folder, 'none'))).rejects.toMatchObject({
      code: 'model-missing-file',
    });
  });

  it('that is a folder', async () => {
    await expect(readSafetensors(folder)).rejects.toMatchObject({ code: 'model-weights-invalid' });
  });
});
