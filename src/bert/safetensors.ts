// The safetensors file format, read as if the file were hostile: every number of its header is checked before it is used.
// Format: https://huggingface.co/docs/safetensors (8 bytes of header length, a JSON header, the tensors without gaps).
import { open, type FileHandle } from 'node:fs/promises';
import { NunchiError } from '../errors.js';
import { fromBfloat16, fromFloat16, toFloat16 } from './half-float.js';
import type { Weights } from './weights.js';

/** Bytes of an element, for the types that a file may hold; only floats of up to 32 bits can be read. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
};
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

export interface SafetensorsEntry {
  name: string;
  dtype: string;
  shape: number[];
  /** Byte offsets in the file. */
  begin: number;
  end: number;
}

function invalid(file: string, problem: string, cause?: unknown): NunchiError {
  return new NunchiError('model-weights-invalid', `${file} is not a valid safetensors file: ${problem}`, {
    hint: 'Fetch or write the file again.',
    cause,
  });
}

/** Keys of the outermost object, duplicates included, which JSON.parse would hide. @param json valid JSON */
function outerKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (let i = 0; i < json.length; i += 1) {
    const char = json[i];
    if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    else if (char === '"') {
      const start = i;
      for (i += 1; json[i] !== '"'; i += 1) if (json[i] === '\\') i += 1;
      if (depth === 1 && /^\s*:/.test(json.slice(i + 1, i + 65))) {
        keys.push(JSON.parse(json.slice(start, i + 1)) as string);
      }
    }
  }
  return keys;
}

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function checkEntry(file: string, name: string, raw: unknown, dataStart: number): SafetensorsEntry {
  const { dtype, shape, data_offsets: offsets } = (raw ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_BYTES, dtype)) {
    throw invalid(file, `tensor "${name}" has the unknown type ${JSON.stringify(dtype)}`);
  }
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every(isOffset)) {
    throw invalid(file, `tensor "${name}" has no valid shape`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isOffset)) {
    throw invalid(file, `tensor "${name}" has no valid data_offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const bytes = shape.reduce((product, size) => product * size, ELEMENT_BYTES[dtype] as number);
  if (!Number.isSafeInteger(bytes) || end - begin !== bytes) {
    throw invalid(file, `tensor "${name}" of shape [${shape.join(', ')}] does not fit its data_offsets`);
  }
  return { name, dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

async function readExactly(handle: FileHandle, file: string, begin: number, length: number): Promise<Buffer> {
  // A fresh buffer starts at offset 0, so that typed arrays over it are aligned.
  const buffer = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(buffer, done, Math.min(length - done, 2 ** 30), begin + done);
    if (bytesRead === 0) throw invalid(file, 'it ends too early');
    done += bytesRead;
  }
  return buffer;
}

async function readHeader(handle: FileHandle, file: string): Promise<SafetensorsEntry[]> {
  const { size } = await handle.stat();
  if (size < 8) throw invalid(file, `it has only ${size} bytes`);
  const headerBytes = (await readExactly(handle, file, 0, 8)).readBigUInt64LE(0);
  if (headerBytes > BigInt(Math.min(size - 8, MAX_HEADER_BYTES))) {
    throw invalid(file, `its header claims ${headerBytes} bytes of ${size}`);
  }
  const dataStart = 8 + Number(headerBytes);
  let header: unknown;
  let json: string;
  try {
    json = new TextDecoder('utf-8', { fatal: true }).decode(
      await readExactly(handle, file, 8, dataStart - 8),
    );
    header = JSON.parse(json);
  } catch (error) {
    if (error instanceof NunchiError) throw error;
    throw invalid(file, 'its header is not JSON', error);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw invalid(file, 'its header is not an object');
  }
  const names = outerKeys(json);
  const repeated = names.find((name, index) => Object.hasOwn(header, name) && names.indexOf(name) !== index);
  if (repeated !== undefined) throw invalid(file, `tensor "${repeated}" is named twice`);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, raw]) => checkEntry(file, name, raw, dataStart))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let expected = dataStart;
  for (const entry of entries) {
    if (entry.begin !== expected)
      throw invalid(file, `tensor "${entry.name}" overlaps another or leaves a gap`);
    expected = entry.end;
  }
  if (expected !== size) throw invalid(file, `its tensors end at byte ${expected} of ${size}`);
  return entries;
}

async function withFile<T>(file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    throw new NunchiError('model-missing-file', `${file} cannot be read`, { cause: error });
  }
  try {
    return await use(handle);
  } catch (error) {
    if (error instanceof NunchiError) throw error;
    throw invalid(file, error instanceof Error ? error.message : String(error), error);
  } finally {
    await handle.close();
  }
}

/**
 * Names, types and shapes of the tensors in a file, in the order of their data.
 * @throws NunchiError `model-missing-file`, `model-weights-invalid`
 */
export function readSafetensorsHeader(file: string): Promise<SafetensorsEntry[]> {
  return withFile(file, (handle) => readHeader(handle, file));
}

/**
 * Reads tensors of type F32, F16 or BF16 as float32. Memory stays within the size of what is read.
 * @param select which tensors to read, by name; others may be of any type.
 * @throws NunchiError `model-missing-file`, `model-weights-invalid`
 */
export function readSafetensors(
  file: string,
  select: (name: string) => boolean = () => true,
): Promise<Weights> {
  return withFile(file, async (handle) => {
    const weights: Weights = new Map();
    for (const entry of await readHeader(handle, file)) {
      if (!select(entry.name)) continue;
      if (!['F32', 'F16', 'BF16'].includes(entry.dtype)) {
        throw invalid(file, `tensor "${entry.name}" is of type ${entry.dtype}, not F32, F16 or BF16`);
      }
      const { buffer } = await readExactly(handle, file, entry.begin, entry.end - entry.begin);
      let data: Float32Array;
      if (entry.dtype === 'F32') data = new Float32Array(buffer);
      else if (entry.dtype === 'F16') data = fromFloat16(new Uint16Array(buffer));
      else data = fromBfloat16(new Uint16Array(buffer));
      weights.set(entry.name, { shape: entry.shape, data });
    }
    return weights;
  });
}

/**
 * The bytes of a safetensors file: tensors in the order of their names, data aligned to 8 bytes.
 * The same weights always give the same bytes.
 * @param precision `float16` rounds to the nearest, ties to even.
 */
export function writeSafetensors(weights: Weights, precision: 'float32' | 'float16'): Uint8Array {
  const elementBytes = precision === 'float32' ? 4 : 2;
  const sorted = [...weights].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const [name, { shape, data }] of sorted) {
    const end = offset + data.length * elementBytes;
    header[name] = { dtype: precision === 'float32' ? 'F32' : 'F16', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, 8);
  file.fill(0x20, 8 + json.length, 8 + headerBytes);
  let at = 8 + headerBytes;
  for (const [, { data }] of sorted) {
    const words = precision === 'float32' ? data : toFloat16(data);
    file.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), at);
    at += words.byteLength;
  }
  return file;
}
