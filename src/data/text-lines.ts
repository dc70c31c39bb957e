// Lines of a text file, plain or gzip, one at a time: no file is too large, no damage goes unnoticed.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { NunchiError } from '../errors.js';

const LONGEST_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

function unreadable(file: string, problem: string, cause?: unknown): NunchiError {
  return new NunchiError('data-unreadable', `${file} ${problem}`, {
    hint: 'Check the path; "npm run -s nunchi -- data list" names the public sets that can be fetched.',
    cause,
  });
}

/** Whether the file is gzip, by its first bytes and not by its name. */
async function isGzip(file: string): Promise<boolean> {
  try {
    if ((await stat(file)).isDirectory()) throw unreadable(file, 'is a folder, not a file');
    const handle = await open(file, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      if (bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b) return true;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof NunchiError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw unreadable(file, missing ? 'does not exist' : 'cannot be read', error);
  }
  if (/\.gz$/i.test(file)) {
    throw new NunchiError('data-format', `${file} is named .gz but is not gzip`, {
      hint: 'Fetch it again, or rename it if it is plain text.',
    });
  }
  return false;
}

async function openBytes(file: string): Promise<Readable> {
  if (!(await isGzip(file))) return createReadStream(file);
  // pipeline hands an error of either stream on to the reader and closes the file when reading stops early.
  return pipeline(createReadStream(file), createGunzip(), () => undefined);
}

async function* splitLines(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const part = chunk.subarray(start, end);
      yield rest.length === 0 ? part : Buffer.concat([...rest, part]);
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start));
      restBytes += chunk.length - start;
    }
    if (restBytes > LONGEST_LINE_BYTES) {
      throw new NunchiError('data-format', `${file} has a line of more than ${LONGEST_LINE_BYTES} bytes`);
    }
  }
  if (restBytes > 0) yield Buffer.concat(rest);
}

/**
 * Lines without their ends (`\n` or `\r\n`) and without a byte order mark.
 * @throws NunchiError `data-unreadable` (no such file, a folder), `data-format` (broken gzip, not UTF-8; with the line)
 */
export async function* readLines(file: string): AsyncGenerator<string> {
  const bytes = await openBytes(file);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let line = 0;
  try {
    for await (const raw of splitLines(bytes, file)) {
      line += 1;
      const end = raw.at(-1) === CARRIAGE_RETURN ? raw.length - 1 : raw.length;
      let text: string;
      try {
        text = decoder.decode(raw.subarray(0, end));
      } catch (error) {
        throw new NunchiError('data-format', `${file}, line ${line}: not UTF-8`, {
          hint: 'Save the file as UTF-8.',
          cause: error,
        });
      }
      yield line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text;
    }
  } catch (error) {
    if (error instanceof NunchiError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') !== true) throw unreadable(file, 'cannot be read', error);
    throw new NunchiError('data-format', `${file} is damaged or cut off after line ${line} (gzip: ${code})`, {
      hint: 'Fetch it again.',
      cause: error,
    });
  } finally {
    bytes.destroy();
  }
}
