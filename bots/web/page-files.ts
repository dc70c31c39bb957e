// The page's own files, read once at start: a fixed list, so that no path of a request reaches the file system.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { NunchiError } from '../../src/errors.js';
import { PACKAGE_ROOT } from '../../src/paths.js';

export interface PageFile {
  body: Uint8Array<ArrayBuffer>;
  type: string;
  etag: string;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.js': 'text/javascript; charset=utf-8',
};
const SOURCES = path.join(PACKAGE_ROOT, 'bots', 'web', 'page');
const SCRIPTS = path.join(PACKAGE_ROOT, 'dist', 'bots', 'web', 'page');

async function filesIn(folder: string, extensions: readonly string[]): Promise<[string, PageFile][]> {
  const names = (await readdir(folder)).filter((name) => extensions.includes(path.extname(name)));
  return Promise.all(
    names.map(async (name): Promise<[string, PageFile]> => {
      const body = new Uint8Array(await readFile(path.join(folder, name)));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      return [`/${name}`, { body, type: TYPES[path.extname(name)] ?? 'application/octet-stream', etag }];
    }),
  );
}

/**
 * By request path; `/` is the page.
 * @throws NunchiError `not-found` where the build is missing.
 */
export async function loadPageFiles(): Promise<Map<string, PageFile>> {
  let files: Map<string, PageFile>;
  try {
    files = new Map([
      ...(await filesIn(SOURCES, ['.html', '.css', '.svg'])),
      ...(await filesIn(SCRIPTS, ['.js'])),
    ]);
  } catch (cause) {
    throw new NunchiError('not-found', "The page's files cannot be read", {
      hint: 'Run `npm run build` in the folder of Nunchi.',
      cause,
    });
  }
  const page = files.get('/index.html');
  if (!page || !files.has('/main.js')) {
    throw new NunchiError('not-found', "The page's files are incomplete", {
      hint: 'Run `npm run build` in the folder of Nunchi.',
    });
  }
  return files.set('/', page);
}
