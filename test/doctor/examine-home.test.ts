// What doctor says about the home folder: it tries to write there, and leaves nothing behind.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { examineHome } from '../../src/doctor/examine.js';
import { temporaryFolders } from '../store/temporary-home.js';

const nextFolder = temporaryFolders();

it('says whether the home can be written, or be made', () => {
  const home = nextFolder();
  mkdirSync(home);
  expect(examineHome({ home })).toMatchObject({ state: 'ok', detail: `${home} (writable)` });
  expect(examineHome({ home: path.join(home, 'not', 'yet') }).detail).toContain('will be made');
  expect(readdirSync(home)).toEqual([]);
});

it('refuses a home that is a file, or below one', () => {
  const folder = nextFolder();
  mkdirSync(folder);
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  for (const home of [file, path.join(file, 'home')]) {
    expect(() => examineHome({ home })).toThrow(
      expect.objectContaining({
        code: 'home-not-writable',
        message: expect.stringContaining('is not a folder') as string,
      }) as Error,
    );
  }
});
