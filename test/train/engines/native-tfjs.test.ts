// What tfjs-node lacks on Node 23 and later, and what is said where it is not installed.
import util from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  isInstalled,
  loadNativeBackend,
  provideRemovedUtil,
} from '../../../src/train/engines/native-tfjs.js';

interface Util {
  isNullOrUndefined?: (value: unknown) => boolean;
}

describe('util.isNullOrUndefined', () => {
  it('is provided where Node has removed it', () => {
    const newer: Util = { ...util };
    delete newer.isNullOrUndefined;
    provideRemovedUtil(newer);
    const given = [null, undefined, 0, '', false].map((value) => newer.isNullOrUndefined?.(value));
    expect(given).toEqual([true, true, false, false, false]);
  });

  it('stays as it is where Node still has it', () => {
    const own = () => true;
    const older: Util = { isNullOrUndefined: own };
    provideRemovedUtil(older);
    expect(older.isNullOrUndefined).toBe(own);
  });
});

describe.skipIf(isInstalled('tfjs-node-gpu'))('without the GPU package', () => {
  it('names the package and the command that adds it', async () => {
    await expect(loadNativeBackend('tfjs-node-gpu')).rejects.toMatchObject({
      code: 'engine-unavailable',
      message: '@tensorflow/tfjs-node-gpu is not installed',
      hint: expect.stringContaining('npm run setup:gpu') as string,
    });
  });
});
