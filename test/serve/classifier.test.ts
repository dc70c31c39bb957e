// A classifier in this process, without the checks that a served model goes through.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadClassifier } from '../../src/serve/classifier.js';
import { makeServedModel } from './served-model.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-classifier-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('weights that are no numbers', () => {
  it('give an error, not a reading', async () => {
    const directory = await makeServedModel(path.join(folder, 'nan'), 3, (weights) =>
      weights.get('classifier.bias')?.data.fill(NaN),
    );
    const classifier = await loadClassifier(directory, { threads: 1, threshold: 0 });
    await expect(classifier.classify(['좋아요'])).rejects.toMatchObject({ code: 'model-weights-invalid' });
    await classifier.dispose();
  });
});
