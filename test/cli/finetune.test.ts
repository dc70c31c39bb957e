// `nunchi finetune` and `nunchi soften`: data by ranges, weights, exclusions and dev sets; from one model's probabilities
// to the next model.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import { registerClassify } from '../../src/cli/commands/classify.js';
import { registerEvaluate } from '../../src/cli/commands/evaluate.js';
import { registerFinetune } from '../../src/cli/commands/finetune.js';
import { registerSoften } from '../../src/cli/commands/soften.js';
import { runCli } from '../../src/cli/main.js';
import { LABELS } from '../../src/labels.js';
import { loadReplay } from '../../src/learn/replay.js';
import type { ClassifyResponse } from '../../src/serve/service.js';
import type { TrainingResult } from '../../src/train/job.js';
import { makeServedModel } from '../serve/served-model.js';

// Training runs in a process of its own, which a busy machine starts slowly.
vi.setConfig({ testTimeout: 120_000 });

const COMMANDS = [registerFinetune, registerSoften, registerEvaluate, registerClassify];
const ROWS = [
  ['이 영화 정말 재미있어요', 'positive'],
  ['너무 지루하고 재미없다', 'negative'],
  ['오늘 회의는 세 시에 시작합니다', 'neutral'],
  ['i love this great movie', 'positive'],
  ['what a terrible day', 'negative'],
  ['the meeting starts at three', 'neutral'],
  ['i love it', 'positive'],
];

let folder: string;
let model: string;
const at = (name: string) => path.join(folder, 'data', name);
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-finetune-'));
  model = await makeServedModel(path.join(folder, 'model'), 1);
  mkdirSync(path.join(folder, 'data'));
  const rows = ROWS.map((row) => row.join('\t'));
  writeFileSync(at('train.tsv'), ['text\tlabel', ...rows, ''].join('\n'));
  writeFileSync(at('more.tsv'), 'text\tlabel\n서비스가 별로네요\tnegative\n');
  // The fourth row of train.tsv in another writing, and nothing else of it.
  writeFileSync(at('gate.tsv'), `text\tlabel\n${ROWS[3]?.[0]?.toUpperCase()}  \tneutral\nelse\tneutral\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function nunchi(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCli(args, COMMANDS, { stdout, stderr });
  const text = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? '');
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

const finetune = (out: string, ...args: string[]) =>
  nunchi(
    'finetune',
    '--base',
    model,
    '--out',
    path.join(folder, out),
    '--engine',
    'onnxruntime-cpu',
    ...args,
  );

describe('finetune', () => {
  it('takes ranges, leaves out, weighs, evaluates and says so', async () => {
    const { code, stdout, stderr } = await finetune(
      'tuned',
      ...['--data', `${at('train.tsv')}#1-6`, at('more.tsv'), '--data-weight', `${at('more.tsv')}=0.5`],
      ...['--per-label', `${at('more.tsv')}=9`, `${at('train.tsv')}#1-6=9`],
      ...['--exclude', at('gate.tsv'), '--dev', `${at('train.tsv')}#6-`, `${at('gate.tsv')}#2-2`],
      ...['--class-weights', 'balanced', '--layer-decay', '0.9', '--lr', '1e-3', '--label-smoothing', '0.1'],
      ...['--epochs', '50', '--batch', '2', '--patience', '2', '--json'],
    );
    expect(stderr).toContain('rows left out because their text is in --exclude: 1\n');
    expect(stderr).toContain('warning: rows of --data whose text is in --dev too: 1;');
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as TrainingResult;
    expect(result.steps).toBeLessThan(150);

    const { manifest } = await openModelDirectory(result.directory);
    expect(Object.keys(manifest.data)).toEqual(['data/train.tsv#1-6', 'data/more.tsv']);
    expect(manifest.recipe).toMatchObject({
      examples: 6,
      dataWeights: { 'data/more.tsv': 0.5 },
      perLabel: { 'data/more.tsv': 9, 'data/train.tsv#1-6': 9 },
      excluded: { 'data/gate.tsv': expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      dev: { 'data/train.tsv#6-': manifest.data['data/train.tsv#1-6'] },
      // Examples by label: 2.5, 2 and 1 of 5.5.
      classWeights: { negative: 5.5 / (3 * 2.5), neutral: 5.5 / (3 * 2), positive: 5.5 / 3 },
      layerDecay: 0.9,
      labelSmoothing: 0.1,
      patience: 2,
      bestStep: result.best?.step,
    });
    const lines = stderr.match(
      /^step \d+: data\/train\.tsv#6- accuracy .* %; data\/gate\.tsv#2-2 .*; mean .*$/gm,
    );
    expect(lines).toHaveLength(result.steps / 3);
    expect(lines?.[0]).toMatch(/, the best so far$/);
    expect(lines?.at(-1)).not.toMatch(/best/);
    for (const { accuracy } of Object.values(result.best?.sets ?? {}))
      expect(accuracy).toBeLessThanOrEqual(1);

    // What the manifest says of the dev rows is what `evaluate` says of the same rows.
    const args = ['evaluate', '--data', `${at('train.tsv')}#6-7`, '--model', result.directory, '--json'];
    const evaluated = JSON.parse((await nunchi(...args)).stdout) as {
      n: number;
      accuracy: number;
      macroF1: number;
    };
    expect(evaluated).toMatchObject({
      n: 2,
      accuracy: manifest.metrics['dev/data/train.tsv#6-/accuracy'],
      macroF1: manifest.metrics['dev/data/train.tsv#6-/macroF1'],
    });
  });

  it.each<[string, string[], number, RegExp]>([
    ['patience without a dev set', ['--patience', '2'], 2, /error: --patience and --evaluate-every need/],
    [
      'steps between evaluations without one',
      ['--evaluate-every', '2'],
      2,
      /error: --patience and --evaluate-every/,
    ],
    ['rows per label of a file that is not data', ['--per-label', 'x.tsv=2'], 2, /--per-label names x\.tsv/],
    ['rows per label that are none', ['--per-label', 'x.tsv=0'], 2, /Expected FILE=N with a whole number/],
    [
      'a weight of a file that is not data',
      ['--data-weight', 'x.tsv=2'],
      2,
      /names x\.tsv, which --data does not/,
    ],
    ['a weight that is none', ['--data-weight', 'x.tsv=0'], 2, /Expected FILE=WEIGHT/],
    ['a weight without a file', ['--data-weight', '2'], 2, /Expected FILE=WEIGHT/],
    ['a class weight of 0', ['--class-weights', 'neutral=0'], 2, /Expected "balanced" or LABEL=WEIGHT/],
    [
      'a class weight of another label',
      ['--class-weights', 'happy=2'],
      2,
      /Expected "balanced" or LABEL=WEIGHT/,
    ],
    ['a layer decay above 1', ['--layer-decay', '1.1'], 2, /Expected a number from/],
    ['a range beyond the file', ['--dev', 'TRAIN#5-9'], 2, /has 7 rows; asked for were rows 5 to 9/],
    ['a range that is none', ['--dev', 'TRAIN#5'], 2, /is not a range of rows/],
    ['nothing left', ['--exclude', 'TRAIN'], 1, /no row of --data is left/],
  ])('refuses %s', async (_name, args, code, message) => {
    const found = args.map((arg) => arg.replace('TRAIN', at('train.tsv')));
    const refused = await finetune('refused', '--data', at('train.tsv'), ...found);
    expect(refused).toMatchObject({ code, stdout: '' });
    expect(refused.stderr).toMatch(message);
  });
});

describe('finetune --replay', () => {
  it('adds the sentences that come with Nunchi, but not those that judge nightly models', async () => {
    const { code, stdout, stderr } = await finetune(
      'replayed',
      ...['--data', at('train.tsv'), '--replay', '3', '--epochs', '1', '--json'],
    );
    expect(code, stderr).toBe(0);
    const { manifest } = await openModelDirectory((JSON.parse(stdout) as TrainingResult).directory);
    const replay = await loadReplay();
    expect(manifest.recipe).toMatchObject({
      examples: ROWS.length + replay.training.length,
      dataWeights: { 'replay-ko': 3, 'replay-en': 3 },
    });
    expect(manifest.data).toMatchObject(replay.hashes);
  });
});

describe('soften', () => {
  const scoresOf = async (...texts: string[]) => {
    const { stdout } = await nunchi('classify', ...texts, '--model', model, '--json');
    return (JSON.parse(stdout) as ClassifyResponse).results.map(({ scores }) => scores);
  };
  const read = (content: string) =>
    content
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));

  it("writes the model's probabilities for texts of several files, which train another model", async () => {
    writeFileSync(at('plain.txt.gz'), gzipSync('정말 좋아요\n\n별로\t예요\n'));
    const out = at('soft.tsv.gz');
    const data = ['--data', at('plain.txt.gz'), `${at('train.tsv')}#2-3`];
    const done = await nunchi('soften', '--model', model, ...data, '--out', out, '--json');
    expect(done).toMatchObject({ code: 0, stderr: 'empty texts left out: 1\n' });
    expect(JSON.parse(done.stdout)).toMatchObject({ file: out, texts: 4, empty: 1 });

    const [header, ...rows] = read(gunzipSync(readFileSync(out)).toString());
    expect(header).toEqual(['text', ...LABELS]);
    const texts = ['정말 좋아요', '별로 예요', ROWS[1]?.[0] ?? '', ROWS[2]?.[0] ?? ''];
    expect(rows.map(([text]) => text)).toEqual(texts);
    const expected = await scoresOf(...texts);
    rows.forEach(([, ...values], i) =>
      LABELS.forEach((label, c) => expect(Number(values[c])).toBeCloseTo(expected[i]?.[label] ?? NaN, 5)),
    );

    const tuned = await finetune(
      'student',
      '--data',
      out,
      '--class-weights',
      'balanced',
      '--epochs',
      '1',
      '--json',
    );
    expect(tuned).toMatchObject({ code: 0 });
    const { manifest } = await openModelDirectory((JSON.parse(tuned.stdout) as TrainingResult).directory);
    expect(Object.keys(manifest.data)).toEqual(['data/soft.tsv.gz']);
    expect(await nunchi('evaluate', '--data', out, '--model', model)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holds probabilities, and labels are needed here') as string,
    });
  });

  it('brings probabilities nearer to each other by a temperature', async () => {
    const out = at('warm.tsv');
    const args = ['soften', '--model', model, '--data', `${at('train.tsv')}#1-1`, '--out', out];
    expect(await nunchi(...args, '--temperature', '2')).toMatchObject({ code: 0 });
    const [, row] = read(readFileSync(out, 'utf8'));
    const [scores] = await scoresOf(ROWS[0]?.[0] ?? '');
    const roots = LABELS.map((label) => Math.sqrt(scores?.[label] ?? NaN));
    const total = roots.reduce((sum, root) => sum + root, 0);
    roots.forEach((root, c) => expect(Number(row?.[c + 1])).toBeCloseTo(root / total, 5));
  });

  it('leaves nothing behind where it fails, and overwrites nothing', async () => {
    writeFileSync(at('wrong.txt'), Buffer.from([0x61, 0x0a, 0xff, 0x0a]));
    const before = readdirSync(path.join(folder, 'data'));
    const soften = (data: string, out: string) =>
      nunchi('soften', '--model', model, '--data', at(data), '--out', at(out));
    expect(await soften('wrong.txt', 'new.tsv')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('line 2: not UTF-8') as string,
    });
    expect(await soften('train.tsv', 'gate.tsv')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('gate.tsv exists already') as string,
    });
    expect(await soften('train.tsv', 'none/new.tsv')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot be written') as string,
    });
    expect(readdirSync(path.join(folder, 'data'))).toEqual(before);
  });
});
