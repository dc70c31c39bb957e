// `model import` and `model export` as a person runs them: published checkpoints in, standard folders out, and what the
// other commands make of them.
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../bots/commands.js';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import type { Weights } from '../../src/bert/weights.js';
import { runCli } from '../../src/cli/main.js';
import type { ClassifyResponse } from '../../src/serve/service.js';
import { startFakeHub } from '../fakes/hub.js';
import { runNunchi } from '../fixtures/bot-process.js';
import { makeCheckpoint } from '../fixtures/published-checkpoint.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';

// Each test starts processes, which a busy machine does slowly.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const HIDDEN = 16;
let folder: string;
let env: Record<string, string>;
const at = (name: string) => path.join(folder, name);

/** A head whose row for `labels[i]` holds nothing but the bias `biases[i]`: it answers the same to every text. */
function head(biases: number[]) {
  return (weights: Weights) => {
    const rows = biases.length;
    weights.set('classifier.weight', { shape: [rows, HIDDEN], data: new Float32Array(rows * HIDDEN) });
    weights.set('classifier.bias', { shape: [rows], data: Float32Array.from(biases) });
    return weights;
  };
}
const names = (...labels: string[]) => ({
  id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
});

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-checkpoints-'));
  await makeTinyModel(at('model'));
  env = { NUNCHI_HOME: at('home'), NUNCHI_MODEL: at('model'), PORT: '0' };
  makeCheckpoint(at('three'), 'klue/bert-base', {
    config: names('positive', 'neutral', 'negative'),
    tensors: head([3, 2, 1]),
  });
  makeCheckpoint(at('two'), 'beomi/kcbert-base', { config: names('good', 'bad'), tensors: head([3, 1]) });
  const rows = ['text\tlabel', '영화 영화\tpositive', '漢字\tnegative', 'Hello\tneutral', '영화\tpositive'];
  writeFileSync(at('rows.tsv'), `${rows.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runNunchi(args, env, folder);
async function ran(...args: string[]) {
  const { code, stdout, stderr } = await run(...args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}
/** The same without a process, which is quicker. */
async function here(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCli(args, COMMANDS, { stdout, stderr });
  const read = (stream: PassThrough) => (stream.read() as Buffer | null)?.toString() ?? '';
  return { code, stdout: read(stdout), stderr: read(stderr) };
}
const refused = async (...args: string[]) => {
  const { stdout, ...rest } = await here(...args);
  expect(stdout).toBe('');
  return rest;
};
async function classified(model: string, ...texts: string[]) {
  const { code, stdout, stderr } = await here('classify', ...texts, '--model', at(model), '--json');
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as ClassifyResponse).results;
}
async function finetuned(base: string, out: string) {
  const { code, stderr } = await here(
    'finetune',
    '--base',
    at(base),
    '--out',
    at(out),
    '--data',
    at('rows.tsv'),
    ...TRAIN,
  );
  if (code !== 0) throw new Error(stderr);
}
const bias = async (directory: string) => [
  ...((await (await openModelDirectory(directory)).loadWeights()).get('classifier.bias')?.data ?? []),
];
/** A step so small that it changes nothing to speak of. */
const TRAIN = ['--epochs', '1', '--lr', '1e-9', '--engine', 'onnxruntime', '--json'];

describe('model import', () => {
  it('of a folder with three labels in another order: classified, and a base', async () => {
    const document = await ran('model', 'import', 'three', '--out', 'imported-three', '--json');
    expect(document).toEqual({
      directory: at('imported-three'),
      version: expect.stringMatching(/^nunchi-[0-9a-f]{8}$/) as string,
      labels: ['negative', 'neutral', 'positive'],
      heads: ['pooler', 'classifier', 'masked-language'],
      warnings: [],
    });
    expect(await bias(at('imported-three'))).toEqual([1, 2, 3]);
    // The repository has it beside vocab.txt.
    cpSync(at('imported-three/tokenizer.json'), at('three/tokenizer.json'));
    // The same as published: the order of the rows is of no matter to the reading.
    for (const model of ['imported-three', 'three']) {
      const [reading] = await classified(model, '영화 漢字');
      expect(reading?.label, model).toBe('positive');
      // softmax of 1 and 3 among 1, 2, 3
      expect(reading?.scores.negative, model).toBeCloseTo(0.09, 3);
      expect(reading?.scores.positive, model).toBeCloseTo(0.6652, 3);
    }
    for (const base of ['imported-three', 'three']) {
      await finetuned(base, `tuned-${base}`);
      for (const [label, value] of (await bias(at(`tuned-${base}`))).entries())
        expect(value, `${base} ${label}`).toBeCloseTo(label + 1, 5);
    }
  });

  it('of a folder with two labels that --labels names: they are kept in training, the third is new', async () => {
    const { code, stdout, stderr } = await run('model', 'import', 'two', '--labels', 'positive,negative');
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--out') as string });
    expect(stdout).toBe('');
    const document = await ran(
      'model',
      'import',
      'two',
      '--labels',
      'positive,negative',
      '--out',
      'my-two',
      '--json',
    );
    expect(document['labels']).toEqual(['negative', 'positive']);
    expect(await classified('my-two', '영화')).toMatchObject([{ label: 'positive', scores: { neutral: 0 } }]);
    await finetuned('my-two', 'tuned-two');
    const tuned = await bias(at('tuned-two'));
    [1, 0, 3].forEach((value, label) => expect(tuned[label], String(label)).toBeCloseTo(value, 5));
  });

  it('without --labels warns that the head is left out, and says what to do next', async () => {
    const { code, stdout, stderr } = await run('model', 'import', 'two', '--out', 'no-head');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: .*good, bad.*--labels/);
    expect(stdout).toMatch(/labels +none yet\n/);
    expect(stdout).toContain(`next: nunchi finetune --base ${at('no-head')}`);
    const read = await here('classify', '영화', '--model', at('no-head'));
    expect(read).toMatchObject({ code: 1, stderr: expect.stringContaining('finetune') as string });
  });

  it('of a name fetches it from the hub that HF_ENDPOINT names, and leaves nothing else behind', async () => {
    const hub = await startFakeHub({ name: 'klue/bert-base', directory: at('three'), token: 'hf_secret' });
    try {
      const there = { ...env, HF_ENDPOINT: `${hub.url}/` };
      const command = ['model', 'import', 'klue/bert-base'];
      const closed = await runNunchi(command, there, folder);
      expect(closed).toMatchObject({ code: 1, stdout: '' });
      expect(closed.stderr).toMatch(/^error: .*it is private, or there is none\nhint: .*HF_TOKEN/);
      const { code, stdout, stderr } = await runNunchi(command, { ...there, HF_TOKEN: 'hf_secret' }, folder);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stderr).toContain('fetching model.safetensors\n');
      expect(stdout + stderr).not.toContain('hf_secret');
      const model = await openModelDirectory(at('klue-bert-base'));
      expect(model.manifest.recipe).toMatchObject({ importedFrom: `klue/bert-base@${hub.commit}` });
      expect(readdirSync(folder).filter((name) => name.includes('download'))).toEqual([]);
    } finally {
      await hub.close();
    }
    const gone = await runNunchi(
      ['model', 'import', 'klue/bert-base', '--out', 'gone'],
      { ...env, HF_ENDPOINT: hub.url },
      folder,
    );
    expect(gone).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot be reached.*\nhint: .*FOLDER/) as string,
    });
    expect(readdirSync(folder).filter((name) => name.startsWith('gone'))).toEqual([]);
  });

  it('is refused with a hint for weights that it does not read, and for wrong use', async () => {
    const pickled = makeCheckpoint(at('pickled'), 'beomi/kcbert-base');
    renameSync(path.join(pickled, 'model.safetensors'), path.join(pickled, 'pytorch_model.bin'));
    const bin = await run('model', 'import', 'pickled', '--out', 'unpickled');
    expect(bin).toMatchObject({ code: 1, stdout: '' });
    expect(bin.stderr).toMatch(
      /^error: .*pytorch_model\.bin and no model\.safetensors\nhint: .*safetensors\.torch/,
    );
    expect(existsSync(at('unpickled'))).toBe(false);
    const cases: [string[], RegExp][] = [
      [[at('three'), '--out', folder], /exists already/],
      [[at('three'), '--out', at('new'), '--revision', 'main'], /--revision is for models of the hub/],
      [['./no/such/folder', '--out', at('new')], /no folder/],
      [[at('three'), '--out', at('new'), '--labels', 'negative,positive'], /does not name the 3 rows/],
      [[at('three'), '--out', at('new'), '--precision', 'int4'], /int4/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await refused('model', 'import', ...args);
      expect({ args, code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(message) as string,
      });
      expect(stderr).toContain('hint: ');
    }
    expect(existsSync(at('new'))).toBe(false);
  });
});

describe('model export', () => {
  const texts = ['이 영화 정말 재미있어요', 'i love it', '별로네요', '영화 😀'];

  it('of a version of the home writes the folder; with --quantized --data an int8 model that was measured', async () => {
    // The home takes NUNCHI_MODEL in as its first model.
    const { version } = await openModelDirectory(at('model'));
    const results = await classified('model', ...texts);
    // Labelled as the float model reads them, so that its own accuracy is known.
    writeFileSync(
      at('own.tsv'),
      `text\tlabel\n${results.map(({ text, label }) => `${text}\t${label}\n`).join('')}`,
    );
    const document = await ran(
      'model',
      'export',
      'exported',
      '--model',
      version,
      '--quantized',
      '--data',
      'own.tsv',
      '--json',
    );
    const quantization = document['quantization'] as { used: boolean; evaluations: unknown[] };
    expect(document).toMatchObject({ directory: at('exported'), version });
    expect(quantization.evaluations).toEqual([
      { data: 'own.tsv', n: texts.length, accuracyFloat: 1, accuracyInt8: expect.any(Number) as number },
    ]);
    expect(existsSync(at('exported/onnx/model_quantized.onnx'))).toBe(quantization.used);
    expect((await openModelDirectory(at('exported'))).manifest.quantization).toEqual(quantization);
    expect(existsSync(at('exported/onnx/model.onnx'))).toBe(true);
  });

  it('of a folder, also one as published: read by classify as before', async () => {
    const { stderr } = await run('model', 'export', 'three-out', '--model', 'three', '--quantized');
    expect(stderr).toBe('warning: int8 model: its accuracy was not measured\n');
    expect(readdirSync(at('three-out/onnx')).sort()).toEqual(['model.onnx', 'model_quantized.onnx']);
    const [before, after] = await Promise.all(
      ['three', 'three-out'].map((model) => classified(model, '영화')),
    );
    expect(after).toEqual(before);
  });

  it('is refused with a hint', async () => {
    const cases: [string[], RegExp][] = [
      [[folder, '--model', at('model')], /exists already/],
      [[at('x'), '--model', at('nowhere')], /no model directory/],
      [[at('x'), '--model', at('model'), '--data', at('rows.tsv')], /--quantized/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await refused('model', 'export', ...args);
      expect({ args, stderr }).toMatchObject({ stderr: expect.stringMatching(message) as string });
      expect(code).toBeGreaterThan(0);
      expect(stderr).toContain('hint: ');
    }
    const unknown = await run('model', 'export', 'x', '--model', 'nunchi-00000000');
    expect(unknown).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('There is no model') as string,
    });
    expect(existsSync(at('x'))).toBe(false);
  });
});
