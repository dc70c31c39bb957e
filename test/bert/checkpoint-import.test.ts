// Published checkpoints made into model directories: names and configurations as published, two layers, small vocabularies.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importCheckpoint, type CheckpointImport } from '../../src/bert/checkpoint-import.js';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import { readSafetensors } from '../../src/bert/safetensors.js';
import type { Weights } from '../../src/bert/weights.js';
import {
  makeCheckpoint,
  PUBLISHED,
  writeTensors,
  type PublishedName,
} from '../fixtures/published-checkpoint.js';

let folder: string;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-import-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fresh = () => path.join(folder, `folder-${(count += 1)}`);
const published = (name: PublishedName, change?: Parameters<typeof makeCheckpoint>[2]) =>
  makeCheckpoint(fresh(), name, change);
const take = (directory: string, options: Partial<CheckpointImport> = {}) =>
  importCheckpoint({ directory, out: fresh(), source: 'test', ...options });

/** Imports and opens what was written. */
async function imported(directory: string, options: Partial<CheckpointImport> = {}) {
  const out = fresh();
  const result = await take(directory, { out, ...options });
  return { ...result, out, model: await openModelDirectory(out) };
}
const failure = (code: string, message: RegExp) => ({
  code,
  message: expect.stringMatching(message) as string,
});

describe('a published checkpoint', () => {
  it.each(Object.keys(PUBLISHED) as PublishedName[])('%s', async (name) => {
    const directory = published(name);
    const { model, heads, warnings, out } = await imported(directory);
    expect(warnings).toEqual([]);
    expect(heads).toEqual(PUBLISHED[name].heads);
    expect(model.config).toMatchObject({
      layers: 2,
      labels: [],
      maxPositions: PUBLISHED[name].config.max_position_embeddings,
    });
    const weights = await model.loadWeights({ allowMissingHead: true });
    const original = await readSafetensors(path.join(directory, 'model.safetensors'), () => true);
    const norm =
      original.get('bert.embeddings.LayerNorm.gamma') ?? original.get('bert.embeddings.LayerNorm.weight');
    expect(weights.get('bert.embeddings.LayerNorm.weight')).toEqual(norm);
    const kept = await readSafetensors(path.join(out, 'model.safetensors'));
    expect([...kept.keys()].filter((key) => key.startsWith('cls.predictions.')).sort()).toEqual([
      'cls.predictions.bias',
      'cls.predictions.transform.LayerNorm.bias',
      'cls.predictions.transform.LayerNorm.weight',
      'cls.predictions.transform.dense.bias',
      'cls.predictions.transform.dense.weight',
    ]);
    expect(model.tokenizer.tokenize('Héllo 漢字 영화')).toEqual(['H', '##é', '##llo', '漢', '字', '영화']);
    await expect(model.loadWeights()).rejects.toMatchObject(failure('model-shape-mismatch', /classifier/));
  });

  it('without the prefix bert., a pooler and heads, as an encoder saved on its own', async () => {
    const directory = published('klue/bert-base', {
      tensors: (weights) =>
        new Map(
          [...weights]
            .filter(([name]) => name.startsWith('bert.') && !name.includes('pooler'))
            .map(([name, tensor]) => [name.slice(5), tensor]),
        ),
    });
    const { heads, model } = await imported(directory);
    expect(heads).toEqual([]);
    expect((await model.loadWeights({ allowMissingHead: true })).has('bert.pooler.dense.weight')).toBe(false);
  });

  it('in shards gives the very weights of one file', async () => {
    const directory = published('klue/bert-base');
    const whole = await imported(directory);
    const weights = await readSafetensors(path.join(directory, 'model.safetensors'));
    const names = [...weights.keys()];
    const shards = [names.slice(0, 9), names.slice(9)];
    const map: Record<string, string> = {};
    shards.forEach((own, index) => {
      const shard = `model-0000${index + 1}-of-00002.safetensors`;
      writeTensors(path.join(directory, shard), new Map(own.map((name) => [name, weights.get(name)!])));
      for (const name of own) map[name] = shard;
    });
    rmSync(path.join(directory, 'model.safetensors'));
    const index = path.join(directory, 'model.safetensors.index.json');
    writeFileSync(index, JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }));
    expect((await imported(directory)).manifest.version).toBe(whole.manifest.version);

    const write = (change: Record<string, string>) =>
      writeFileSync(index, JSON.stringify({ weight_map: { ...map, ...change } }));
    const [first] = names as [string];
    write({ [first]: '../outside.safetensors' });
    await expect(take(directory)).rejects.toMatchObject(failure('model-weights-invalid', /beside the index/));
    write({ [first]: 'model-00002-of-00002.safetensors' });
    await expect(take(directory)).rejects.toMatchObject(failure('model-weights-invalid', /the index says/));
    write({ extra: 'model-00002-of-00002.safetensors' });
    await expect(take(directory)).rejects.toMatchObject(failure('model-weights-invalid', /extra is not in/));
    write({ [first]: 'model-00003-of-00002.safetensors' });
    await expect(take(directory)).rejects.toMatchObject({ code: expect.stringMatching(/^model-/) as string });
    cpSync(
      path.join(directory, 'model-00001-of-00002.safetensors'),
      path.join(directory, 'copy.safetensors'),
    );
    write({ extra: 'copy.safetensors' });
    await expect(take(directory)).rejects.toMatchObject(failure('model-weights-invalid', / is in /));
    writeFileSync(index, '{');
    await expect(take(directory)).rejects.toMatchObject(failure('model-weights-invalid', /not JSON/));
  });
});

describe('the tokenizer', () => {
  it('is the same from vocab.txt and from tokenizer.json', async () => {
    const fromVocabulary = await imported(published('beomi/kcbert-base'));
    const directory = published('beomi/kcbert-base');
    cpSync(path.join(fromVocabulary.out, 'tokenizer.json'), path.join(directory, 'tokenizer.json'));
    rmSync(path.join(directory, 'vocab.txt'));
    const fromJson = await imported(directory);
    const read = (out: string, name: string) => readFileSync(path.join(out, name), 'utf8');
    expect(read(fromJson.out, 'vocab.txt')).toBe(read(fromVocabulary.out, 'vocab.txt'));
    expect(JSON.parse(read(fromJson.out, 'tokenizer.json'))).toEqual(
      JSON.parse(read(fromVocabulary.out, 'tokenizer.json')),
    );
    expect(fromJson.warnings).toEqual([]);
  });

  it.each([
    [{}, ['hello', '漢', '字']],
    [{ do_lower_case: true, strip_accents: false }, ['h', '##é', '##llo', '漢', '字']],
    [{ do_lower_case: false, strip_accents: true }, ['H', '##ello', '漢', '字']],
    [{ do_lower_case: false, tokenize_chinese_chars: false }, ['H', '##é', '##llo', '漢', '##字']],
  ])('follows %j', async (rules, pieces) => {
    const directory = published('beomi/kcbert-base', { tokenizerConfig: rules });
    const { model } = await imported(directory);
    expect(model.tokenizer.tokenize('Héllo 漢字')).toEqual(pieces);
  });

  it('of another kind, none at all, or too large for the weights is refused', async () => {
    const other = published('beomi/kcbert-base', { tokenizerConfig: { tokenizer_class: 'KoBertTokenizer' } });
    await expect(take(other)).rejects.toMatchObject(failure('model-config-invalid', /KoBertTokenizer/));
    const raw = published('beomi/kcbert-base', { tokenizerConfig: { do_basic_tokenize: false } });
    await expect(take(raw)).rejects.toMatchObject(failure('model-config-invalid', /do_basic_tokenize/));
    const none = published('beomi/kcbert-base');
    rmSync(path.join(none, 'vocab.txt'));
    await expect(take(none)).rejects.toMatchObject(
      failure('model-missing-file', /neither tokenizer\.json nor/),
    );
    const large = published('beomi/kcbert-base', { config: { vocab_size: 5 } });
    await expect(take(large)).rejects.toMatchObject(failure('model-config-invalid', /vocab_size 5/));
  });
});

const classifier = (rows: number) => (weights: Weights) => {
  const h = weights.get('bert.pooler.dense.bias')?.shape[0] ?? 0;
  weights.set('classifier.weight', {
    shape: [rows, h],
    data: Float32Array.from({ length: rows * h }, (_, i) => Math.floor(i / h)),
  });
  weights.set('classifier.bias', { shape: [rows], data: Float32Array.from({ length: rows }, (_, i) => i) });
  return weights;
};
const names = (...labels: string[]) => ({
  id2label: Object.fromEntries(labels.map((name, id) => [id, name])),
});

describe('a classification head', () => {
  it.each([
    [names('LABEL_0', 'LABEL_1'), ['negative', 'positive'], [0, 1]],
    [names('0', '1'), ['negative', 'positive'], [0, 1]],
    [{}, ['negative', 'positive'], [0, 1]],
    [names('Positive', 'NEGATIVE'), ['negative', 'positive'], [1, 0]],
    [names('긍정', '부정', '중립'), ['negative', 'neutral', 'positive'], [1, 2, 0]],
  ])('%j', async (config, labels, rows) => {
    const directory = published('klue/bert-base', { config, tensors: classifier(rows.length) });
    const { model, warnings } = await imported(directory);
    expect(warnings).toEqual([]);
    expect(model.config.labels).toEqual(labels);
    const weights = await model.loadWeights();
    expect([...(weights.get('classifier.bias')?.data ?? [])]).toEqual(rows);
    expect(weights.get('classifier.weight')?.data[0]).toBe(rows[0]);
  });

  it.each([
    [names('LABEL_0', 'LABEL_1', 'LABEL_2'), 3],
    [names('spam', 'ham'), 2],
    [names('a', 'b', 'c', 'd', 'e'), 5],
  ])('%j is not guessed: the model becomes a base', async (config, rows) => {
    const { model, warnings, heads } = await imported(
      published('klue/bert-base', { config, tensors: classifier(rows) }),
    );
    expect(model.config.labels).toEqual([]);
    expect(heads).not.toContain('classifier');
    expect(warnings).toEqual([expect.stringContaining('classification head is left out')]);
  });

  it('takes the labels given, each row once', async () => {
    const directory = published('klue/bert-base', { config: names('ham', 'spam'), tensors: classifier(2) });
    const { model } = await imported(directory, { labels: 'positive,negative' });
    expect([...((await model.loadWeights()).get('classifier.bias')?.data ?? [])]).toEqual([1, 0]);
    for (const labels of ['negative', 'negative,negative', 'negative,neutral,positive', 'good,bad', '']) {
      await expect(take(directory, { labels })).rejects.toMatchObject(failure('usage', /--labels/));
    }
    await expect(take(published('klue/bert-base'), { labels: 'negative,positive' })).rejects.toMatchObject(
      failure('usage', /no classification head/),
    );
  });
});

describe('a checkpoint that does not fit', () => {
  it('names every tensor with both shapes', async () => {
    const directory = published('klue/bert-base', {
      tensors: (weights) => {
        weights.delete('bert.encoder.layer.1.output.dense.bias');
        weights.set('bert.encoder.layer.0.output.dense.bias', { shape: [3], data: new Float32Array(3) });
        weights.set('bert.embeddings.token_type_embeddings.weight', {
          shape: [1, 16],
          data: new Float32Array(16),
        });
        return weights;
      },
    });
    const error = await take(directory).catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: 'model-shape-mismatch' });
    expect((error as Error).message).toMatch(/3 tensors/);
    expect((error as Error).message).toContain(
      'no tensor bert.encoder.layer.1.output.dense.bias of shape [16]',
    );
    expect((error as Error).message).toContain(
      'layer.0.output.dense.bias has shape [3], config.json asks for [16]',
    );
    expect((error as Error).message).toContain(
      'token_type_embeddings.weight has shape [1, 16], config.json asks for [2, 16]',
    );
  });

  it.each([
    ['bias', [3], 'weight of shape [3, 16]'],
    ['weight', [3, 16], 'bias of shape [3]'],
  ])('has the %s of a classification head alone', async (half, shape, missing) => {
    const directory = published('klue/bert-base', {
      config: { id2label: { 0: 'negative', 1: 'neutral', 2: 'positive' } },
      tensors: (weights) =>
        weights.set(`classifier.${half}`, {
          shape,
          data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
        }),
    });
    const error = await take(directory).catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: 'model-shape-mismatch' });
    expect((error as Error).message).toContain(`no tensor classifier.${missing}`);
  });

  it('has layers that config.json does not count', async () => {
    const directory = published('klue/bert-base', { config: { num_hidden_layers: 1 } });
    await expect(take(directory)).rejects.toMatchObject(failure('model-shape-mismatch', /layer\.1.*\[/));
  });

  it('names one tensor in two ways', async () => {
    const directory = published('klue/bert-base', {
      tensors: (weights) =>
        weights.set('bert.embeddings.LayerNorm.gamma', weights.get('bert.embeddings.LayerNorm.weight')!),
    });
    await expect(take(directory)).rejects.toMatchObject(failure('model-weights-invalid', /same tensor/));
  });

  it.each([
    [{ hidden_act: 'gelu_new' }, /gelu_new/],
    [{ hidden_act: 'relu' }, /relu/],
    [{ position_embedding_type: 'relative_key' }, /relative_key/],
    [{ is_decoder: true }, /is_decoder/],
    [{ model_type: 'roberta' }, /model_type/],
  ])('%j is refused by name', async (config, message) => {
    await expect(take(published('klue/bert-base', { config }))).rejects.toMatchObject(
      failure('model-config-invalid', message),
    );
  });

  it('holds a number that is none, or one too large for float16', async () => {
    const spoil = (value: number) => (weights: Weights) => {
      weights.get('bert.pooler.dense.bias')!.data[3] = value;
      return weights;
    };
    const out = fresh();
    const bad = published('klue/bert-base', { tensors: spoil(NaN) });
    await expect(take(bad, { out })).rejects.toMatchObject(
      failure('model-weights-invalid', /pooler\.dense\.bias holds NaN/),
    );
    expect(existsSync(out)).toBe(false);
    const large = published('klue/bert-base', { tensors: spoil(70_000) });
    await expect(take(large, { precision: 'float16' })).rejects.toMatchObject({
      hint: expect.stringContaining('float32') as string,
    });
  });

  it('has pytorch_model.bin alone, no weights, or no configuration', async () => {
    const directory = published('klue/bert-base');
    rmSync(path.join(directory, 'model.safetensors'));
    await expect(take(directory)).rejects.toMatchObject(
      failure('model-missing-file', /no model\.safetensors/),
    );
    writeFileSync(path.join(directory, 'pytorch_model.bin'), '');
    await expect(take(directory)).rejects.toMatchObject({
      ...failure('model-missing-file', /pytorch_model\.bin/),
      hint: expect.stringContaining('safetensors.torch') as string,
    });
    const empty = fresh();
    mkdirSync(empty);
    await expect(take(empty)).rejects.toMatchObject(failure('model-missing-file', /config\.json/));
  });
});
