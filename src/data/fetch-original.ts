// Gets one original of a data set over HTTP into memory: nothing of it reaches the disk unless its checksum is right.
import { createHash } from 'node:crypto';
import { NunchiError } from '../errors.js';
import type { Original } from './sets/data-set.js';

/** Twice the largest there is. */
const MOST_BYTES = 32 * 1024 * 1024;
const IDLE_MS = 30_000;
const WHOLE_MS = 10 * 60_000;
const MOST_REDIRECTS = 5;
const LOCAL_COPY_HINT = 'Or get the set on another machine, and name its folder with NUNCHI_DATA.';

export interface FetchOriginalOptions {
  /** Address that the original's path is below, without a slash at its end. */
  origin: string;
  onProgress?: (progress: { file: string; bytesDone: number; bytesTotal: number | undefined }) => void;
  maxBytes?: number;
  /** Longest time without a byte. */
  idleMs?: number;
}

/** Where the original is. */
export function originalUrl({ path }: Original, origin: string): string {
  return `${origin}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

const isLoopback = ({ hostname }: URL) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

/** The next address, which may not be less safe than the one that names it. */
function followRedirect(from: URL, location: string): URL {
  const to = new URL(location, from);
  if (to.protocol === 'https:' || (to.protocol === 'http:' && isLoopback(from) && isLoopback(to))) return to;
  throw new NunchiError(
    'origin-unreachable',
    `${from.href} leads to an address that is not https: ${to.origin}`,
    {
      hint: 'Name an origin that answers itself with NUNCHI_DATA_ORIGIN.',
    },
  );
}

async function request(url: string, signal: AbortSignal): Promise<Response> {
  let at = new URL(url);
  for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
    // Unpacked bytes are what the checksum and the length are of.
    const response = await fetch(at, {
      signal,
      redirect: 'manual',
      headers: { 'accept-encoding': 'identity' },
    });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    at = followRedirect(at, location);
  }
  throw new NunchiError('origin-unreachable', `${url} leads from one address to the next without an end`);
}

function checkStatus(url: string, { status, ok }: Response): void {
  if (ok) return;
  if (status === 404) {
    throw new NunchiError('not-found', `${url} does not exist`, {
      hint: `Check NUNCHI_DATA_ORIGIN if it is set. ${LOCAL_COPY_HINT}`,
    });
  }
  throw new NunchiError('origin-unreachable', `${url} answered with status ${status}`, {
    hint: `Try again later. ${LOCAL_COPY_HINT}`,
  });
}

function tooLarge(url: string, limit: number): NunchiError {
  return new NunchiError('data-format', `${url} has more than ${limit} bytes`, {
    hint: 'No original is as large; check NUNCHI_DATA_ORIGIN.',
  });
}

/** @throws NunchiError `data-hash-mismatch` */
function checkHash(url: string, checksum: string, bytes: Uint8Array): void {
  const [algorithm = '', expected] = checksum.split(':');
  const got = createHash(algorithm).update(bytes).digest('hex');
  if (got === expected) return;
  throw new NunchiError(
    'data-hash-mismatch',
    `${url} is not the file that was published (${algorithm} ${got})`,
    {
      hint: 'Nothing of it was kept. Try again; if it stays so, the origin or a mirror gives another file.',
    },
  );
}

/**
 * @throws NunchiError `origin-unreachable`, `not-found`, `data-format` (too large), `data-hash-mismatch`
 */
export async function fetchOriginal(original: Original, options: FetchOriginalOptions): Promise<Uint8Array> {
  const { origin, maxBytes = MOST_BYTES, idleMs = IDLE_MS } = options;
  const url = originalUrl(original, origin);
  const file = original.path.split('/').at(-1) ?? '';
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), idleMs);
  try {
    const response = await request(url, AbortSignal.any([idle.signal, AbortSignal.timeout(WHOLE_MS)]));
    checkStatus(url, response);
    const stated = Number(response.headers.get('content-length') ?? Number.NaN);
    const bytesTotal = Number.isNaN(stated) ? undefined : stated;
    const chunks: Uint8Array[] = [];
    let bytesDone = 0;
    if (stated > maxBytes) throw tooLarge(url, maxBytes);
    const body: AsyncIterable<Uint8Array> | Uint8Array[] = response.body ?? [];
    for await (const chunk of body) {
      timer.refresh();
      bytesDone += chunk.length;
      if (bytesDone > maxBytes) throw tooLarge(url, maxBytes);
      chunks.push(chunk);
      options.onProgress?.({ file, bytesDone, bytesTotal });
    }
    const bytes = Buffer.concat(chunks);
    checkHash(url, original.checksum, bytes);
    return bytes;
  } catch (error) {
    if (error instanceof NunchiError) throw error;
    const problem = idle.signal.aborted
      ? `gave nothing for ${idleMs} ms`
      : 'cannot be reached, or the connection broke';
    throw new NunchiError('origin-unreachable', `${url} ${problem}`, {
      hint: `Check the connection and try again. ${LOCAL_COPY_HINT}`,
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    // Lets go of a connection that was not read to its end.
    idle.abort();
  }
}
