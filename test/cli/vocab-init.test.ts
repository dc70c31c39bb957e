// `nunchi vocab` and `nunchi init`: from texts to a model directory that opens.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import { registerInit } from '../../src/cli/commands/init.js';
import { registerVocab } from '../../src/cli/commands/vocab.js';
import { runCli } from '../../src/cli/main.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-vocab-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function nunchi(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCli(args, [registerVocab, registerInit], { stdout, stderr });
  const text = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? '');
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

describe('vocab and init', () => {
  it('make a model directory from texts', async () => {
    const [plain, labelled] = [path.join(folder, 'plain.txt.gz'), path.join(folder, 'labelled.tsv')];
    writeFileSync(plain, gzipSync('이 영화 정말 재미있다\n정말 재미있다ㅋㅋ\n재미있다ㅋㅋ\n'));
    writeFileSync(labelled, 'text\tlabel\n정말 지루하다\tnegative\n');
    const [tokenizer, model] = [path.join(folder, 'tokenizer'), path.join(folder, 'model')];
    const made = await nunchi(
      'vocab',
      '--data',
      plain,
      labelled,
      '--size',
      '600',
      '--out',
      tokenizer,
      '--json',
    );
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(made.stdout)).toMatchObject({ directory: tokenizer });
    expect(readdirSync(tokenizer).sort()).toEqual([
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.txt',
    ]);
    const sizes = ['--hidden', '16', '--layers', '1', '--heads', '2', '--max-positions', '32', '--seed', '7'];
    const written = await nunchi('init', '--tokenizer', tokenizer, '--out', model, ...sizes, '--json');
    expect(written).toMatchObject({ code: 0, stderr: '' });
    const opened = await openModelDirectory(model);
    expect(JSON.parse(written.stdout)).toEqual({ directory: model, version: opened.version });
    expect(opened.config).toMatchObject({
      hiddenSize: 16,
      intermediateSize: 64,
      layers: 1,
      maxPositions: 32,
    });
    expect(opened.config.labels).toEqual(['negative', 'neutral', 'positive']);
    expect(opened.tokenizer.tokenize('정말 재미있다ㅋㅋ')).toEqual(['정말', '재미있다', 'ㅋㅋ']);
    expect((await opened.loadWeights()).get('bert.embeddings.LayerNorm.weight')?.data[0]).toBe(1);

    const again = await nunchi('init', '--tokenizer', tokenizer, '--out', model, ...sizes);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(/exists already/);
  });

  it('say what was wrong', async () => {
    const out = path.join(folder, 'nothing');
    expect(await nunchi('vocab', '--data', path.join(folder, 'none'), '--out', out)).toMatchObject({
      code: 1,
      stdout: '',
    });
    expect(await nunchi('init', '--tokenizer', folder, '--out', out)).toMatchObject({ code: 1, stdout: '' });
    expect(
      await nunchi('init', '--tokenizer', folder, '--out', out, '--hidden', '10', '--heads', '3'),
    ).toMatchObject({
      code: 2,
    });
    expect(await nunchi('init', '--tokenizer', folder, '--out', out, '--layers', 'two')).toMatchObject({
      code: 2,
    });
    expect(await nunchi('vocab', '--out', out)).toMatchObject({ code: 2 });
    expect(existsSync(out)).toBe(false);
  });
});
