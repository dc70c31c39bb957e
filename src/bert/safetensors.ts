// The safetensors file format, read as if the file were hostile: every number of its header is checked before it is used.
// Format: https://huggingface.co/docs/safetensors (8 bytes of header length, a JSON header, the tensors without gaps).
import { open, stat, type FileHandle } from 'node:fs/promises';
import { NunchiError } from '../errors.js';
import { fromBfloat16, fromFloat16, toFloat16 } from './half-float.js';
import { checkHeaderText } from './safetensors-header.js';
import type { TensorSource, Weights, WeightSources } from './weights.js';

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
/** Some 60 times what BERT-large needs; what a header of this size becomes in memory stays harmless. */
const MAX_HEADER_BYTES = 4 * 1024 * 1024;

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
  let bytes = ELEMENT_BYTES[dtype] as number;
  for (const size of shape) {
    bytes *= size;
    // A later 0 must not hide that the product left the numbers that are exact.
    if (!Number.isSafeInteger(bytes)) throw invalid(file, `tensor "${name}" has a shape that overflows`);
  }
  if (end - begin !== bytes) {
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

function parseHeader(file: string, bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    const json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const problem = checkHeaderText(json);
    if (problem !== undefined) throw invalid(file, problem);
    header = JSON.parse(json);
  } catch (error) {
    if (error instanceof NunchiError) throw error;
    throw invalid(file, 'its header is not JSON', error);
  }
  const { __metadata__: metadata = {} } = header as Record<string, unknown>;
  const isText = (value: unknown) => typeof value === 'string';
  const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  if (!isObject || !Object.values(metadata).every(isText)) {
    throw invalid(file, 'its __metadata__ is not a map of texts');
  }
  return header as Record<string, unknown>;
}

async function readHeader(handle: FileHandle, file: string): Promise<SafetensorsEntry[]> {
  const { size } = await handle.stat();
  if (size < 8) throw invalid(file, `it has only ${size} bytes`);
  const headerBytes = (await readExactly(handle, file, 0, 8)).readBigUInt64LE(0);
  if (headerBytes > BigInt(Math.min(size - 8, MAX_HEADER_BYTES))) {
    const limit =
      size - 8 <= MAX_HEADER_BYTES ? `the file has ${size}` : `at most ${MAX_HEADER_BYTES} are read`;
    throw invalid(file, `its header claims ${headerBytes} bytes, ${limit}`);
  }
  const dataStart = 8 + Number(headerBytes);
  const header = parseHeader(file, await readExactly(handle, file, 8, dataStart - 8));
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
    // Opening a named pipe would wait for a writer that never comes.
    if (!(await stat(file)).isFile()) throw invalid(file, 'it is not a regular file');
    handle = await open(file, 'r');
  } catch (error) {
    if (error instanceof NunchiError) throw error;
    throw new NunchiError('model-missing-file', `${file} cannot be read`, {
      hint: 'Check the path and that you may read it.',
      cause: error,
    });
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

const READABLE = ['F32', 'F16', 'BF16'];

async function readEntry(handle: FileHandle, file: string, entry: SafetensorsEntry): Promise<Float32Array> {
  if (!READABLE.includes(entry.dtype)) {
    throw invalid(file, `tensor "${entry.name}" is of type ${entry.dtype}, not F32, F16 or BF16`);
  }
  const { buffer } = await readExactly(handle, file, entry.begin, entry.end - entry.begin);
  if (entry.dtype === 'F32') return new Float32Array(buffer);
  return entry.dtype === 'F16' ? fromFloat16(new Uint16Array(buffer)) : fromBfloat16(new Uint16Array(buffer));
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
      weights.set(entry.name, { shape: entry.shape, data: await readEntry(handle, file, entry) });
    }
    return weights;
  });
}

/**
 * One tensor of a file, read when it is asked for.
 * @param entry of `readSafetensorsHeader` of this file
 * @returns `read` throws NunchiError `model-missing-file`, `model-weights-invalid`
 */
export function safetensorsSource(file: string, entry: SafetensorsEntry): TensorSource {
  return {
    shape: entry.shape,
    read: () => withFile(file, (handle) => readEntry(handle, file, entry)),
  };
}

/** Length field and header, padded so that the data is aligned to 8 bytes. @param sorted name and shape, in file order */
function headerBytes(
  sorted: readonly (readonly [string, { shape: number[] }])[],
  precision: 'float32' | 'float16',
): { bytes: Uint8Array; dataBytes: number } {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const [name, { shape }] of sorted) {
    const size = shape.reduce((product, dimension) => product * dimension, precision === 'float32' ? 4 : 2);
    header[name] = {
      dtype: precision === 'float32' ? 'F32' : 'F16',
      shape,
      data_offsets: [offset, offset + size],
    };
    offset += size;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return { bytes, dataBytes: offset };
}

function sortedByName<T>(weights: ReadonlyMap<string, T>): [string, T][] {
  return [...weights].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function encodeTensor(data: Float32Array, precision: 'float32' | 'float16'): Uint8Array {
  const words = precision === 'float32' ? data : toFloat16(data);
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/**
 * The bytes of a safetensors file: tensors in the order of their names, data aligned to 8 bytes.
 * The same weights always give the same bytes.
 * @param precision `float16` rounds to the nearest, ties to even.
 */
export function writeSafetensors(weights: Weights, precision: 'float32' | 'float16'): Uint8Array {
  const sorted = sortedByName(weights);
  const { bytes, dataBytes } = headerBytes(sorted, precision);
  const file = new Uint8Array(bytes.length + dataBytes);
  file.set(bytes);
  let at = bytes.length;
  for (const [, { data }] of sorted) {
    const encoded = encodeTensor(data, precision);
    file.set(encoded, at);
    at += encoded.length;
  }
  return file;
}

/** The same bytes as `writeSafetensors`, tensor by tensor: no more than one of them is in memory at a time. */
export async function* streamSafetensors(
  weights: WeightSources,
  precision: 'float32' | 'float16',
): AsyncGenerator<Uint8Array> {
  const sorted = sortedByName(weights);
  yield headerBytes(sorted, precision).bytes;
  for (const [, tensor] of sorted) {
    yield encodeTensor('data' in tensor ? tensor.data : await tensor.read(), precision);
  }
}
