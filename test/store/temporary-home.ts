// A folder of its own for each test file, gone afterwards unless a test failed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach } from 'vitest';

/** Call at the top of a test file; gives a function that names a new, not yet existing folder. */
export function temporaryFolders(): () => string {
  const root = mkdtempSync(path.join(tmpdir(), 'nunchi-test-'));
  let failed = false;
  let count = 0;
  afterEach(({ task }) => {
    failed ||= task.result?.state === 'fail';
  });
  afterAll(() => {
    if (failed) console.log(`kept for a look: ${root}`);
    else rmSync(root, { recursive: true, force: true });
  });
  return () => {
    count += 1;
    return path.join(root, `home-${count}`);
  };
}
