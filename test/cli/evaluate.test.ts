// What is measured of a model beside its plain evaluation, and what of it is recorded: behaviour, charts, int8, temperature.
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelManifest } from '../../src/bert/model-directory.js';
import { registerCalibrate } from '../../src/cli/commands/calibrate.js';
import { registerClassify } from '../../src/cli/commands/classify.js';
import { registerEvaluate } from '../../src/cli/commands/evaluate.js';
import { runCli } from '../../src/cli/main.js';
import { LABELS, type Label } from '../../src/labels.js';
import type { BehaviourEvaluation } from '../../src/learn/behaviour.js';
import type { Calibration } from '../../src/learn/calibrate.js';
import type { Evaluation } from '../../src/learn/evaluate.js';
import type { ClassifyResponse } from '../../src/serve/service.js';
import { makeServedModel } from '../serve/served-model.js';

const TEXTS = [
  '정말 좋아요',
  '별로예요',
  'I hate this',
  'great',
  '회의는 3시',
  'see you at nine',
  '너무 지루하다',
  '최고예요',
  '😀',
  'this movie',
  '배송이 빨라서',
  'terrible day',
];

let folder: string;
let model: string;
/** Labels that the model reads rightly for three texts out of four. */
let file: string;
let count = 0;

async function run(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const commands = [registerClassify, registerEvaluate, registerCalibrate];
  const code = await runCli(args, commands, { stdout, stderr });
  const read = (stream: PassThrough) => (stream.read() as Buffer | null)?.toString() ?? '';
  return { code, stdout: read(stdout), stderr: read(stderr) };
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

const manifestOf = (directory: string) =>
  JSON.parse(readFileSync(path.join(directory, 'manifest.json'), 'utf8')) as ModelManifest;

/** Every test that writes has a model of its own. */
async function copyModel(): Promise<string> {
  const directory = path.join(folder, `copy-${(count += 1)}`);
  await cp(model, directory, { recursive: true });
  return directory;
}

async function writeLabelled(name: string, rows: readonly [string, Label][]): Promise<string> {
  const written = path.join(folder, name);
  await writeFile(written, ['text\tlabel', ...rows.map((row) => row.join('\t')), ''].join('\n'));
  return written;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-evaluate-'));
  model = await makeServedModel(path.join(folder, 'model'), 1);
  const { results } = await json<ClassifyResponse>('classify', ...TEXTS, '--model', model);
  const rows = results.map(({ text, label }, index): [string, Label] => {
    const other = LABELS[(LABELS.indexOf(label) + 1) % LABELS.length] as Label;
    return [text, index % 4 === 3 ? other : label];
  });
  file = await writeLabelled('data.tsv', rows);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('nunchi evaluate --behaviour', () => {
  let items: string;
  beforeAll(async () => {
    items = path.join(folder, 'items-en.tsv');
    const { results } = await json<ClassifyResponse>('classify', 'great', 'I hate this', '--model', model);
    const labels = results.map(({ label }) => label);
    const wrong = LABELS.filter((label) => label !== labels[1]);
    await writeFile(
      items,
      [
        'capability\texpected\ttemplate\ttext',
        `everyday\t${labels[0]}\te-01\tgreat`,
        `negation\t${wrong.join('|')}\tn-01\tI hate this`,
        '',
      ].join('\n'),
    );
  });

  it('gives everything with --json', async () => {
    const document = await json<BehaviourEvaluation & { model: string }>(
      'evaluate',
      '--behaviour',
      items,
      '--model',
      model,
    );
    expect(document.model).toMatch(/^nunchi-/);
    expect(document.overall).toMatchObject({ n: 2, passed: 1 });
    expect(document.perCapability).toMatchObject([
      { capability: 'everyday', language: 'en', n: 1, passed: 1 },
      { capability: 'negation', language: 'en', n: 1, passed: 0 },
    ]);
    expect(document.results.map(({ text, passed }) => [text, passed])).toEqual([
      ['great', true],
      ['I hate this', false],
    ]);
  });

  it('prints rates and counts, and what failed only where it is asked for', async () => {
    const args = ['evaluate', '--behaviour', items, '--model', model];
    const { stdout } = await run(...args);
    expect(stdout).toMatch(/^negation {4}en +0\.00 % +0 of 1 /m);
    expect(stdout).toMatch(/^all {9}all +50\.00 % +1 of 2 /m);
    expect(stdout).not.toContain('I hate this');
    const failures = (await run(...args, '--failures')).stdout;
    expect(failures).toMatch(/^negation .* n-01 .*\d\d\.\d\d % +I hate this$/m);
    expect(failures).not.toMatch(/great$/m);
  });

  it('reads the shipped set where no file is named', async () => {
    const { overall, perLanguage } = await json<BehaviourEvaluation>(
      'evaluate',
      '--behaviour',
      '--model',
      model,
    );
    expect(overall.n).toBeGreaterThan(600);
    expect(perLanguage.map(({ language }) => language)).toEqual(['ko', 'en']);
  });
});

describe('nunchi evaluate, used wrongly', () => {
  it.each([
    [[], /nothing to evaluate/],
    [['--data', 'a', '--behaviour'], /cannot be used with/],
    [['--behaviour', '--int8'], /cannot be used with/],
    [['--data', 'a', 'b'], /one file/],
    [['--data', 'a', '--write'], /--write records/],
    [['--data', 'a', '--failures'], /--failures lists/],
    [['--data', 'a', '--int8', '--charts', 'c'], /--charts/],
  ])('%j exits with 2', async (args, message) => {
    expect(await run('evaluate', ...args, '--json')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(message) as string,
    });
  });
});

describe('nunchi evaluate --charts', () => {
  it('writes both charts, named after model and data', async () => {
    const directory = path.join(folder, 'new', 'charts');
    const args = ['evaluate', '--data', file, '--model', model, '--charts', directory] as const;
    const document = await json<Evaluation & { model: string; charts: string[] }>(...args);
    expect(document.charts).toEqual([
      path.join(directory, 'confusion-matrix.svg'),
      path.join(directory, 'reliability-diagram.svg'),
    ]);
    const [matrix, reliability] = document.charts.map((chart) => readFileSync(chart, 'utf8'));
    expect(matrix).toContain(`${document.model} on data.tsv<`);
    expect(matrix).not.toContain(folder);
    expect(reliability).toContain(`ECE ${document.ece.toFixed(4)}`);
    // Drawing again takes the old ones' place.
    expect((await run(...args)).stdout).toContain(`chart       ${document.charts[0] ?? ''}`);
  });
});

describe('nunchi evaluate --int8 --write', () => {
  it('records what several files gave, which decides the form that serves', async () => {
    const directory = await copyModel();
    const second = await writeLabelled('second.tsv', [['great', 'positive']]);
    const before = manifestOf(directory);
    const args = ['evaluate', '--data', file, second, '--int8', '--limit', '5', '--model', directory];
    const unwritten = await json<ModelManifest['quantization']>(...args);
    expect(manifestOf(directory)).toEqual(before);
    const record = await json<ModelManifest['quantization']>(...args, '--write');
    expect(record).toEqual(unwritten);
    expect(record?.evaluations).toMatchObject([
      { data: 'data.tsv, first 5 rows', n: 5 },
      { data: 'second.tsv', n: 1 },
    ]);
    expect(manifestOf(directory)).toEqual({ ...before, quantization: record });
    const { engine } = await json<Calibration>(
      'calibrate',
      '--model',
      directory,
      '--data',
      file,
      '--dry-run',
    );
    expect(engine).toBe(record?.used === true ? 'onnxruntime-cpu-int8' : 'onnxruntime-cpu');
  });
});

describe('nunchi calibrate', () => {
  it('records the temperature, which every later reading has', async () => {
    const directory = await copyModel();
    const before = manifestOf(directory);
    const evaluate = () => json<Evaluation>('evaluate', '--data', file, '--model', directory);
    const uncalibrated = await evaluate();
    const calibration = await json<Calibration & { written: boolean }>(
      'calibrate',
      '--model',
      directory,
      '--data',
      file,
    );
    const [set] = calibration.sets;
    const temperature = calibration.temperature.after;
    expect(calibration).toMatchObject({ temperature: { before: 1 }, written: true, model: before.version });
    expect(set).toMatchObject({ data: 'data.tsv', n: TEXTS.length });
    expect(set?.after.nll).toBeLessThan(set?.before.nll ?? 0);
    expect(manifestOf(directory)).toEqual({ ...before, metrics: { ...before.metrics, temperature } });

    const calibrated = await evaluate();
    expect(uncalibrated.ece).toBeCloseTo(set?.before.ece ?? NaN, 6);
    expect(calibrated.ece).toBeCloseTo(set?.after.ece ?? NaN, 6);
    expect(calibrated.ece).not.toBeCloseTo(uncalibrated.ece, 3);
    expect(calibrated.confusion).toEqual(uncalibrated.confusion);

    // Finding it again from the calibrated model gives the same, now as what was there before.
    const again = await json<Calibration>('calibrate', '--model', directory, '--data', file);
    expect(again.temperature).toEqual({ before: temperature, after: temperature });
    expect(again.sets[0]?.before).toEqual(again.sets[0]?.after);
  });

  it('with --dry-run writes nothing, and says so', async () => {
    const directory = await copyModel();
    const before = manifestOf(directory);
    const { code, stdout } = await run('calibrate', '--model', directory, '--data', file, file, '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('nothing written');
    expect(stdout.match(/^\d\.\d{4} .* 12 +data\.tsv$/gm)).toHaveLength(2);
    expect(manifestOf(directory)).toEqual(before);
  });

  it('lets only the labels compete that a file holds', async () => {
    const { results } = await json<ClassifyResponse>('classify', ...TEXTS, '--model', model);
    const better = ({ scores }: (typeof results)[number]): Label =>
      scores.negative > scores.positive ? 'negative' : 'positive';
    const rows = results.map((result, index): [string, Label] => {
      const label = better(result);
      return [result.text, index % 4 !== 3 ? label : label === 'negative' ? 'positive' : 'negative'];
    });
    const two = await writeLabelled('two.tsv', rows);
    const { sets } = await json<Calibration>('calibrate', '--model', model, '--data', two, '--dry-run');
    const nll = rows.map(([, label], index) => {
      const { negative = 0, positive = 0 } = results[index]?.scores ?? {};
      return -Math.log((label === 'negative' ? negative : positive) / (negative + positive));
    });
    expect(sets[0]?.before.nll).toBeCloseTo(nll.reduce((sum, value) => sum + value, 0) / nll.length, 5);
  });

  it('refuses a model without a manifest before it reads anything', async () => {
    const directory = await copyModel();
    await rm(path.join(directory, 'manifest.json'));
    const { code, stderr } = await run('calibrate', '--model', directory, '--data', 'nowhere.tsv');
    expect(code).toBe(1);
    expect(stderr).toMatch(/manifest\.json is missing.*\nhint: .*nunchi model import/);
    expect(existsSync(path.join(directory, 'manifest.json'))).toBe(false);
  });
});
