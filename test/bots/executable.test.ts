// The executable as a shell runs it.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../src/paths.js';

const shell = (command: string) =>
  promisify(execFile)('bash', ['-o', 'pipefail', '-c', command], { cwd: PACKAGE_ROOT });
const NUNCHI = `"${process.execPath}" "${path.join('dist', 'bots', 'nunchi.js')}"`;

describe('the executable', () => {
  it('ends in silence when its reader closes the pipe', async () => {
    // `true` ends without reading; the help is written afterwards.
    const { stdout, stderr } = await shell(`${NUNCHI} --help | true`);
    expect([stdout, stderr]).toEqual(['', '']);
  });

  it('still fails where it fails', async () => {
    await expect(shell(`${NUNCHI} nonsense`)).rejects.toMatchObject({ code: 2 });
  });
});
