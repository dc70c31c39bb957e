// One original over HTTP from a server on loopback: what arrives is what was published, or nothing does.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchOriginal, type FetchOriginalOptions } from '../../src/data/fetch-original.js';
import { breakOff, redirect, startFakeOrigin, type FakeOrigin } from '../fakes/origin.js';

const CONTENT = Buffer.from('원본 파일입니다\n'.repeat(2000));
const PATH = 'owner/repository/0123/Chatbot Data.csv';
const hash = (algorithm: string) => `${algorithm}:${createHash(algorithm).update(CONTENT).digest('hex')}`;

let origin: FakeOrigin;
beforeEach(async () => {
  origin = await startFakeOrigin();
});
afterEach(() => origin.close());

const get = (options: Partial<FetchOriginalOptions> = {}, checksum = hash('sha256')) =>
  fetchOriginal({ path: PATH, checksum }, { origin: origin.url, ...options });
const refusal = (code: string, message: RegExp, hint = /./) => ({
  code,
  message: expect.stringMatching(message) as string,
  hint: expect.stringMatching(hint) as string,
});

describe('an original', () => {
  it.each(['sha256', 'sha512'])('is held against its %s', async (algorithm) => {
    origin.answers.set(PATH, CONTENT);
    const seen: number[] = [];
    const bytes = await get(
      {
        onProgress: ({ file, bytesDone, bytesTotal }) => {
          expect({ file, bytesTotal }).toEqual({ file: 'Chatbot Data.csv', bytesTotal: CONTENT.length });
          seen.push(bytesDone);
        },
      },
      hash(algorithm),
    );
    expect(CONTENT.equals(bytes)).toBe(true);
    expect(seen.at(-1)).toBe(CONTENT.length);
  });

  it('is found where the origin leads', async () => {
    origin.answers.set(PATH, redirect('/elsewhere/1'));
    origin.answers.set('elsewhere/1', redirect(`${origin.url}/elsewhere/2`));
    origin.answers.set('elsewhere/2', CONTENT);
    expect(CONTENT.equals(await get())).toBe(true);
  });

  it('may come without a length', async () => {
    origin.answers.set(PATH, (_, response) => {
      response.write(CONTENT.subarray(0, 10));
      response.end(CONTENT.subarray(10));
    });
    expect(CONTENT.equals(await get())).toBe(true);
  });
});

describe('a fetch is refused', () => {
  it.each([
    ['one bit changed', (content: Buffer) => Buffer.concat([content.subarray(0, -1), Buffer.from('!')])],
    ['cut short', (content: Buffer) => content.subarray(0, -5)],
    ['nothing', () => Buffer.alloc(0)],
    ['a page of an access point', () => Buffer.from('<html>Log in</html>')],
  ])('where the origin gives %s', async (_, change) => {
    origin.answers.set(PATH, change(CONTENT));
    await expect(get()).rejects.toMatchObject(
      refusal(
        'data-hash-mismatch',
        /Chatbot%20Data\.csv is not the file that was published/,
        /Nothing of it was kept/,
      ),
    );
  });

  it('where the file is not there', async () => {
    await expect(get()).rejects.toMatchObject(refusal('not-found', /does not exist/, /NUNCHI_DATA_ORIGIN/));
  });

  it('where the origin fails', async () => {
    origin.answers.set(PATH, (_, response) => {
      response.writeHead(503);
      response.end();
    });
    await expect(get()).rejects.toMatchObject(refusal('origin-unreachable', /status 503/, /later/));
  });

  it('where the connection breaks', async () => {
    origin.answers.set(PATH, breakOff(CONTENT));
    await expect(get()).rejects.toMatchObject(refusal('origin-unreachable', /connection broke/));
  });

  it('where nobody answers', async () => {
    await origin.close();
    await expect(get()).rejects.toMatchObject(
      refusal('origin-unreachable', /cannot be reached/, /NUNCHI_DATA/),
    );
  });

  it.each([
    ['before it answers', () => undefined],
    ['in the middle', (_: unknown, response: { write(content: Buffer): void }) => response.write(CONTENT)],
  ])('where the origin falls silent %s', async (_, answer) => {
    origin.answers.set(PATH, answer);
    await expect(get({ idleMs: 100 })).rejects.toMatchObject(
      refusal('origin-unreachable', /gave nothing for 100 ms/),
    );
  });

  it.each([
    ['says', { 'Content-Length': CONTENT.length }],
    ['does not say', {}],
  ])('where the file is too large and the origin %s so', async (_, headers) => {
    origin.answers.set(PATH, (_request, response) => {
      response.writeHead(200, headers);
      response.end(CONTENT);
    });
    await expect(get({ maxBytes: 1000 })).rejects.toMatchObject(
      refusal('data-format', /more than 1000 bytes/),
    );
  });

  it('where it leads to an address that is not https', async () => {
    // Documentation addresses (RFC 5737): a request to one would fail in another way.
    for (const target of ['http://192.0.2.1/file', 'ftp://192.0.2.1/file', 'file:///etc/passwd']) {
      origin.answers.set(PATH, redirect(target));
      await expect(get({ idleMs: 5000 })).rejects.toMatchObject(refusal('origin-unreachable', /not https/));
    }
  });

  it('where it leads in a circle', async () => {
    origin.answers.set(PATH, redirect(`/${encodeURI(PATH)}`));
    await expect(get()).rejects.toMatchObject({ code: 'origin-unreachable' });
    expect(origin.requests).toHaveLength(6);
  });
});
