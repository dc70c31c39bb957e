// A Hugging Face hub on loopback: the answers of its HTTP interface that a download needs, with files of a folder behind
// them. Large files come from another origin by a redirect, as on the hub; what is sent can be damaged.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface FakeHubOptions {
  /** Name of the only model. */
  name: string;
  /** Folder with its files. */
  directory: string;
  /** Only who sends this token sees the model. */
  token?: string;
  /** Names that are stored as large files, on the other origin. */
  large?: (file: string) => boolean;
  /** Large files are of the hub's newer store, which a plain request still gets as a file. */
  xet?: boolean;
  /** What is sent in place of a file's bytes. */
  damage?: (file: string, content: Buffer) => Buffer;
  /** Files whose connection breaks halfway. */
  breaks?: (file: string) => boolean;
}

export interface FakeHub {
  url: string;
  /** Of the model's only revision, besides `main`. */
  commit: string;
  /** Every request: method, path without query, and the token it brought. */
  requests: { origin: 'hub' | 'storage'; path: string; token: string | undefined }[];
  close(): Promise<void>;
}

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
/** Entries of a page of a listing: few, so that there is a second page. */
const PAGE = 3;

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, close };
}

const tokenOf = (request: IncomingMessage) => request.headers.authorization?.replace(/^Bearer /, '');
const gitHash = (content: Buffer) =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

export async function startFakeHub(options: FakeHubOptions): Promise<FakeHub> {
  const { name, directory, large = (file) => file.endsWith('.safetensors') } = options;
  const requests: FakeHub['requests'] = [];
  const contentOf = (file: string) => readFileSync(path.join(directory, file));

  const sendFile = (request: IncomingMessage, response: ServerResponse, file: string) => {
    const content = options.damage?.(file, contentOf(file)) ?? contentOf(file);
    const headers = { ETag: `"${gitHash(content)}"`, 'Content-Type': 'application/octet-stream' };
    if (request.headers.range === 'bytes=0-0') {
      response.writeHead(206, { ...headers, 'Content-Range': `bytes 0-0/${content.length}` });
      return response.end(content.subarray(0, 1));
    }
    response.writeHead(200, { ...headers, 'Content-Length': content.length });
    if (options.breaks?.(file) !== true) return response.end(content);
    response.write(content.subarray(0, content.length / 2), () => response.destroy());
    return response;
  };

  const storage = await listen((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://storage');
    requests.push({ origin: 'storage', path: pathname, token: tokenOf(request) });
    sendFile(request, response, pathname.slice(1));
  });

  const hub = await listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://hub');
    const token = tokenOf(request);
    requests.push({ origin: 'hub', path: pathname, token });
    const json = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
      response.end(JSON.stringify(body));
    };
    // The hub says the same of a model that does not exist and of one that must not be seen.
    const known = pathname.includes(`/${name}/`);
    if (!known || (options.token !== undefined && token !== options.token))
      return json(401, { error: 'Invalid username or password.' }, { 'X-Error-Code': 'RepoNotFound' });
    const revision = /\/(?:revision|tree|resolve)\/([^/?]+)/.exec(pathname)?.[1] ?? '';
    if (revision !== 'main' && revision !== COMMIT)
      return json(404, { error: `Invalid rev id: ${revision}` }, { 'X-Error-Code': 'RevisionNotFound' });
    if (pathname.startsWith('/api/') && pathname.includes('/revision/'))
      return json(200, { _id: '1', id: name, sha: COMMIT, private: options.token !== undefined });
    const files = readdirSync(directory).sort();
    if (pathname.startsWith('/api/') && pathname.includes('/tree/')) {
      const from = Number(searchParams.get('cursor') ?? 0);
      const page = files.slice(from, from + PAGE).map((file) => {
        const content = contentOf(file);
        const lfs = large(file)
          ? { lfs: { oid: sha256(content), size: content.length, pointerSize: 134 } }
          : {};
        // Of a large file the hub gives the hash of the pointer.
        const oid = large(file) ? gitHash(Buffer.from(`pointer to ${file}`)) : gitHash(content);
        return { type: 'file', oid, size: content.length, path: file, ...lfs };
      });
      const next = from + PAGE < files.length;
      const link = `<${hub.url}${pathname}?cursor=${from + PAGE}>; rel="next"`;
      return json(
        200,
        [{ type: 'directory', oid: '0', size: 0, path: 'onnx' }, ...page],
        next ? { Link: link } : {},
      );
    }
    const file = pathname.split('/').at(-1) ?? '';
    if (!files.includes(file))
      return json(404, { error: 'Entry not found' }, { 'X-Error-Code': 'EntryNotFound' });
    if (!large(file)) return void sendFile(request, response, file);
    const content = contentOf(file);
    const linked = {
      'X-Repo-Commit': COMMIT,
      'X-Linked-Size': String(content.length),
      'X-Linked-ETag': `"${sha256(content)}"`,
    };
    if (options.xet === true && request.headers.accept?.includes('xet-fileinfo') === true) {
      const link = `<${hub.url}/xet-token>; rel="xet-auth", <${hub.url}/xet-files>; rel="xet-reconstruction-info"`;
      const type = 'application/vnd.xet-fileinfo+json';
      return json(200, {}, { ...linked, Link: link, 'X-Xet-Hash': 'f'.repeat(64), 'Content-Type': type });
    }
    response.writeHead(302, { ...linked, Location: `${storage.url}/${file}` });
    response.end();
  });

  return {
    url: hub.url,
    commit: COMMIT,
    requests,
    close: async () => {
      await hub.close();
      await storage.close();
    },
  };
}
