// ONNX Runtime as Nunchi loads it tells nobody of it: it keeps no id of the device, and leaves nothing among temporary files.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('writes nothing of its own, at home or among temporary files', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nunchi-telemetry-'));
  try {
    const child = fileURLToPath(new URL('children/makes-session.mjs', import.meta.url));
    const env = { HOME: folder, TMPDIR: folder };
    expect(execFileSync(process.execPath, [child], { env, encoding: 'utf8' })).toBe('refused\n');
    expect(readdirSync(folder, { recursive: true })).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
