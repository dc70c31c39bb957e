// Reads the files of a small zip archive in memory (PKWARE APPNOTE): stored and deflated entries, with their checksums.
// No encryption, no Zip64, nothing is written under an entry's name.
import { crc32, inflateRawSync } from 'node:zlib';
import { NunchiError } from '../../errors.js';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const LONGEST_COMMENT = 0xffff;
const MOST_ENTRIES = 1000;
/** Of all entries together: a few kilobytes can inflate to gigabytes. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * @returns name to content of the entries that are wanted, in the archive's order
 * @throws NunchiError `data-format`
 */
export function readZip(
  archive: Uint8Array,
  file: string,
  wanted: (name: string) => boolean,
): Map<string, Buffer> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const bad = (problem: string, cause?: unknown) =>
    new NunchiError('data-format', `${file} ${problem}`, {
      hint: 'The archive is damaged or no zip file.',
      cause,
    });
  try {
    return readEntries(bytes, bad, wanted);
  } catch (error) {
    // An offset beyond the end, or a stream that does not inflate.
    if (error instanceof NunchiError) throw error;
    throw bad('is damaged', error);
  }
}

function findEnd(bytes: Buffer): number {
  const first = Math.max(0, bytes.length - END_BYTES - LONGEST_COMMENT);
  for (let at = bytes.length - END_BYTES; at >= first; at -= 1) if (bytes.readUInt32LE(at) === END) return at;
  return -1;
}

function readEntries(
  bytes: Buffer,
  bad: (problem: string) => NunchiError,
  wanted: (name: string) => boolean,
): Map<string, Buffer> {
  const end = findEnd(bytes);
  if (end === -1) throw bad('is no zip file, or cut off');
  const count = bytes.readUInt16LE(end + 10);
  if (count > MOST_ENTRIES) throw bad(`has ${count} entries`);
  const files = new Map<string, Buffer>();
  let left = MOST_BYTES;
  let at = bytes.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    if (bytes.readUInt32LE(at) !== ENTRY) throw bad('has no entry where its directory says');
    const [flags, method] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10)];
    const [checksum, packedSize, size] = [16, 20, 24].map((offset) => bytes.readUInt32LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) =>
      bytes.readUInt16LE(at + offset),
    ) as [number, number, number];
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    at += ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
    if (!wanted(name)) continue;
    left -= size;
    if (left < 0) throw bad(`inflates to more than ${MOST_BYTES} bytes`);
    if ((flags & 1) === 1) throw bad('is encrypted');
    if (method !== 0 && method !== 8) throw bad(`is packed by a method that is not read (${method})`);
    if (bytes.readUInt32LE(local) !== LOCAL) throw bad('has no file where its directory says');
    const start = local + LOCAL_BYTES + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(start, start + packedSize);
    // Zero would mean "no limit".
    const content = method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
    if (content.length !== size || crc32(content) !== checksum) throw bad('holds a damaged file');
    files.set(name, content);
  }
  return files;
}
