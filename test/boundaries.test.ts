// Who may import whom, read off the sources: the core knows no platform, and heavy libraries enter through one door each.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../src/paths.js';

const SKIPPED = /(^|\/)(generated|node_modules)\//;

function sources(folder: string): string[] {
  return readdirSync(path.join(PACKAGE_ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .filter((file) => file.endsWith('.ts') && !SKIPPED.test(file));
}

/** Static and dynamic imports, re-exports and require calls, as written. */
function imports(file: string): string[] {
  const text = readFileSync(path.join(PACKAGE_ROOT, file), 'utf8');
  const found = text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*|\brequire\s*\(\s*)'([^']+)'/g);
  return [...found].map((match) => String(match[1]));
}

/** Path from the package root for a relative import, the name of the package otherwise. */
function target(file: string, specifier: string): string {
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
}

/** "file → import" for every import that `isForbidden`. */
function violations(files: string[], isForbidden: (to: string, file: string) => boolean): string[] {
  return files.flatMap((file) =>
    imports(file)
      .map((specifier) => target(file, specifier))
      .filter((to) => isForbidden(to, file))
      .map((to) => `${file} → ${to}`),
  );
}

const core = sources('src');
const everything = [...core, ...sources('bots'), ...sources('jobs')];
const within = (file: string, ...folders: string[]) => folders.some((folder) => file.startsWith(folder));

describe('imports', () => {
  it('are found by this test at all', () => {
    expect(core.length).toBeGreaterThan(40);
    expect(imports('bots/commands.ts')).toContain('../src/app.js');
  });

  it('of the core name no platform, no job and no chat library', () => {
    expect(
      violations(core, (to) => /^(bots|jobs)\//.test(to) || /^(discord\.js|@slack\/|node-cron)/.test(to)),
    ).toEqual([]);
  });

  it('of platforms name no other platform', () => {
    const other = (to: string, file: string) => {
      const [, from] = /^bots\/([^/]+)\//.exec(file) ?? [];
      const [, into] = /^bots\/([^/]+)\//.exec(to) ?? [];
      return from !== undefined && into !== undefined && from !== into;
    };
    expect(violations(sources('bots'), other)).toEqual([]);
  });

  it('of ONNX Runtime come from src/onnx and the training engine alone', () => {
    const forbidden = (to: string, file: string) =>
      to.startsWith('onnxruntime') && !within(file, 'src/onnx/', 'src/train/engines/');
    expect(violations(everything, forbidden)).toEqual([]);
  });

  it('of TensorFlow.js come from the folders that define and run the model alone', () => {
    const forbidden = (to: string, file: string) =>
      to.startsWith('@tensorflow/') && !within(file, 'src/bert/', 'src/onnx/', 'src/train/');
    expect(violations(everything, forbidden)).toEqual([]);
  });

  it('of the renderer of pictures come from the process that draws them alone', () => {
    const forbidden = (to: string, file: string) =>
      to.startsWith('@resvg/') && file !== 'src/report/picture-worker.ts';
    expect(violations(everything, forbidden)).toEqual([]);
  });

  it('of the database library come from the store, the home lock and the doctor alone', () => {
    const forbidden = (to: string, file: string) =>
      /^(better-sqlite3|@prisma\/)/.test(to) && !within(file, 'src/store/', 'src/home/', 'src/doctor/');
    expect(violations(everything, forbidden)).toEqual([]);
  });
});

describe('the environment', () => {
  it('is read by src/config.ts alone', () => {
    const readers = everything.filter(
      (file) =>
        file !== 'src/config.ts' &&
        /\bprocess\.env\b(?!\['\w+'\] = )|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/.test(
          readFileSync(path.join(PACKAGE_ROOT, file), 'utf8'),
        ),
    );
    expect(readers).toEqual([]);
  });
});
