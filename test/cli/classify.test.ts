import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerClassify } from '../../src/cli/commands/classify.js';
import { registerEvaluate } from '../../src/cli/commands/evaluate.js';
import { runCli } from '../../src/cli/main.js';
import type { ClassifyResponse } from '../../src/serve/service.js';
import { makeServedModel } from '../serve/served-model.js';

let folder: string;
let model: string;

async function run(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCli(args, [registerClassify, registerEvaluate], { stdout, stderr });
  const read = (stream: PassThrough) => (stream.read() as Buffer | null)?.toString() ?? '';
  return { code, stdout: read(stdout), stderr: read(stderr) };
}

const json = (text: string) => JSON.parse(text) as unknown;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-classify-'));
  model = await makeServedModel(path.join(folder, 'model'), 1);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('nunchi classify', () => {
  it('prints one JSON document with every field, and nothing else', async () => {
    const { code, stdout } = await run('classify', '정말 좋아요', 'I hate this', '--model', model, '--json');
    expect(code).toBe(0);
    const document = json(stdout) as ClassifyResponse;
    expect(document.model).toMatch(/^nunchi-[0-9a-f]{8}$/);
    expect(document.results.map(({ text }) => text)).toEqual(['정말 좋아요', 'I hate this']);
    for (const { scores, label, confidence, abstained } of document.results) {
      expect(scores.negative + scores.neutral + scores.positive).toBeCloseTo(1, 5);
      expect(confidence).toBe(scores[label]);
      expect(confidence).toBe(Math.max(...Object.values(scores)));
      expect(abstained).toBeTypeOf('boolean');
    }
  });

  it('reads any text without failing, and says where there is nothing to read', async () => {
    const texts = [
      '',
      ' \t ',
      '좋'.repeat(100_000),
      '😀😢',
      '\ud800x',
      'a\0b',
      '\u202eمرحبا',
      '\u200b\u200d',
    ];
    const { code, stdout } = await run('classify', ...texts, '--model', model, '--json');
    expect(code).toBe(0);
    const { results } = json(stdout) as ClassifyResponse;
    expect(results.map(({ text }) => text)).toEqual(texts);
    for (const { confidence } of results) expect(confidence).toBeGreaterThan(0.33);
    expect([0, 1, 7].map((i) => results[i]?.abstainReason)).toEqual(['empty', 'empty', 'empty']);
    expect(results[6]?.abstainReason).toBe('unknown-text');
  });

  it('reads a file line by line and prints a line for each text', async () => {
    const file = path.join(folder, 'lines.txt');
    await writeFile(file, '좋아요\n\u001b[31mred\n');
    const { code, stdout } = await run('classify', '--file', file, '--model', model);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(stdout).not.toContain('\u001b');
  });

  it('exits 2 for wrong use and 1 for a failure, with the error on standard error', async () => {
    const both = await run('classify', 'a', '--file', 'b', '--model', model, '--json');
    expect(both).toMatchObject({ code: 2, stdout: '' });
    const missing = await run('classify', 'a', '--model', path.join(folder, 'none'), '--json');
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('hint:');
  });
});

describe('nunchi evaluate', () => {
  it('counts every row and compares the labels that the data holds', async () => {
    const file = path.join(folder, 'nsmc.txt.gz');
    const rows = ['id\tdocument\tlabel', '1\t"좋아요\t1', '2\t별로\t0', '3\t\t0'];
    await writeFile(file, gzipSync(rows.join('\n')));
    const { code, stdout } = await run('evaluate', '--data', file, '--model', model, '--json');
    expect(code).toBe(0);
    const document = json(stdout) as Record<string, number> & { perLabel: object };
    expect(document).toMatchObject({ n: 3 });
    expect(Object.keys(document.perLabel)).toEqual(['negative', 'positive']);
    expect([0, 1, 2, 3].map((hits) => hits / 3)).toContain(document['accuracy']);
    for (const key of ['macroF1', 'ece', 'itemsPerSecond']) expect(document[key]).toBeGreaterThanOrEqual(0);
  });

  it('reads only the first rows with --limit, and exits 1 on a label it does not know', async () => {
    const file = path.join(folder, 'data.tsv');
    await writeFile(file, 'text\tlabel\ngood\tpositive\nbad\tawful\n');
    const args = ['evaluate', '--data', file, '--model', model, '--json'];
    const limited = await run(...args, '--limit', '1');
    expect(limited.code).toBe(0);
    expect(json(limited.stdout)).toMatchObject({ n: 1 });
    expect(await run(...args)).toMatchObject({ code: 1, stdout: '' });
    expect(await run(...args, '--limit', 'x')).toMatchObject({ code: 2, stdout: '' });
  });

  it('compares the int8 form with the float one with --int8: the record of the manifest', async () => {
    const file = path.join(folder, 'both.tsv');
    const rows = ['좋아요', '별로예요', 'great', 'awful', '회의는 3시'].map((text) => `${text}\tpositive`);
    await writeFile(file, ['text\tlabel', ...rows, ''].join('\n'));
    const args = ['evaluate', '--data', file, '--model', model, '--int8'];
    const record = json((await run(...args, '--json')).stdout) as {
      used: boolean;
      evaluations: { n: number; accuracyFloat: number; accuracyInt8: number }[];
    };
    const [evaluation] = record.evaluations;
    expect(evaluation).toMatchObject({ n: 5 });
    const float = json((await run(...args.slice(0, -1), '--json')).stdout) as { accuracy: number };
    expect(evaluation?.accuracyFloat).toBe(float.accuracy);
    const lost = (evaluation?.accuracyFloat ?? 0) - (evaluation?.accuracyInt8 ?? 0);
    expect(record.used).toBe(lost <= 0.003);
    expect((await run(...args)).stdout).toMatch(/5 texts: float \d/);
  });
});
