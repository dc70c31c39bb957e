// `nunchi average`: the mean of weights, and models that have none.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import { registerAverage } from '../../src/cli/commands/average.js';
import { registerClassify } from '../../src/cli/commands/classify.js';
import { runCli } from '../../src/cli/main.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';

let folder: string;
const at = (name: string) => path.join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-average-'));
  await makeTinyModel(at('one'), { seed: 1 });
  await makeTinyModel(at('two'), { seed: 2 });
  await makeTinyModel(at('wider'), { seed: 3, hidden: 32 });
  await makeTinyModel(at('binary'), { seed: 4, labels: ['negative', 'positive'] });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function nunchi(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCli(args, [registerAverage, registerClassify], { stdout, stderr });
  const text = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? '');
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

describe('average', () => {
  it('writes the mean of every weight, says of what, and the model reads', async () => {
    const made = await nunchi('average', '--models', at('one'), at('two'), '--out', at('mean'), '--json');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const [one, two, mean] = await Promise.all([
      openModelDirectory(at('one')),
      openModelDirectory(at('two')),
      openModelDirectory(at('mean')),
    ]);
    const [a, b, c] = await Promise.all([one.loadWeights(), two.loadWeights(), mean.loadWeights()]);
    expect(c.size).toBe(a.size);
    for (const [name, { data }] of c) {
      const expected = (index: number) =>
        ((a.get(name)?.data[index] ?? NaN) + (b.get(name)?.data[index] ?? NaN)) / 2;
      for (const index of [0, data.length - 1]) expect(data[index]).toBeCloseTo(expected(index), 6);
    }
    expect(mean.manifest).toMatchObject({
      parent: one.version,
      recipe: { average: [one.version, two.version] },
    });
    expect(JSON.parse(made.stdout)).toMatchObject({ averaged: [one.version, two.version] });
    expect(await nunchi('classify', '정말 좋아요', '--model', at('mean'))).toMatchObject({ code: 0 });
  });

  it('of a model with itself is that model', async () => {
    await nunchi('average', '--models', at('one'), at('one'), '--out', at('same'));
    expect((await openModelDirectory(at('same'))).version).toBe(
      (await openModelDirectory(at('one'))).version,
    );
  });

  it.each([
    ['one model', ['one'], 2, 'there is nothing to average in one model'],
    ['another size', ['one', 'wider'], 1, 'the models differ in the weight'],
    ['other labels', ['one', 'binary'], 1, 'has other labels than'],
    ['a folder that is not there', ['one', 'none'], 1, 'there is no model directory'],
  ])('refuses %s', async (_name, models, code, message) => {
    const refused = await nunchi('average', '--models', ...models.map(at), '--out', at('refused'));
    expect(refused).toMatchObject({ code, stdout: '' });
    expect(refused.stderr).toContain(message);
  });
});
