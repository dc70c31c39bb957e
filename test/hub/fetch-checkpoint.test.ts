// Checkpoints fetched over HTTP from a hub on loopback: what is asked for, what is checked, what a person is told.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { importCheckpoint } from '../../src/bert/checkpoint-import.js';
import { readSafetensors } from '../../src/bert/safetensors.js';
import { fetchCheckpoint, type HubCheckpoint } from '../../src/hub/fetch-checkpoint.js';
import { startFakeHub, type FakeHub, type FakeHubOptions } from '../fakes/hub.js';
import { makeCheckpoint, writeTensors } from '../fixtures/published-checkpoint.js';

const NAME = 'klue/bert-base';
let folder: string;
let published: string;
let hub: FakeHub;
let count = 0;
const fresh = () => {
  const directory = path.join(folder, `${(count += 1)}`);
  mkdirSync(directory);
  return directory;
};

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-hub-'));
  published = makeCheckpoint(path.join(folder, 'published'), NAME);
  // Files that a repository has and an import does not read.
  writeFileSync(path.join(published, 'README.md'), '# KLUE');
  writeFileSync(path.join(published, 'pytorch_model.bin'), 'pickle');
  writeFileSync(path.join(published, 'training_args.bin'), 'pickle');
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => hub.close());

const serve = async (options: Partial<FakeHubOptions> = {}) => {
  hub = await startFakeHub({ name: NAME, directory: published, ...options });
};
const fetchTo = (directory: string, options: Partial<HubCheckpoint> = {}) =>
  fetchCheckpoint({ name: NAME, hubUrl: hub.url, directory, ...options });
const copy = () => {
  const directory = fresh();
  cpSync(published, directory, { recursive: true });
  return directory;
};

describe('a model of the hub', () => {
  it.each([false, true])(
    'is fetched at one commit, without what an import does not read (xet: %s)',
    async (xet) => {
      await serve({ xet });
      const directory = fresh();
      const progress: string[] = [];
      let last = { bytesDone: 0, bytesTotal: -1 };
      const { commit } = await fetchTo(directory, {
        onProgress: (state) => {
          if (progress.at(-1) !== state.file) progress.push(state.file);
          expect(state.bytesDone).toBeGreaterThanOrEqual(last.bytesDone);
          last = state;
        },
      });
      expect(commit).toBe(hub.commit);
      const files = ['config.json', 'model.safetensors', 'tokenizer_config.json', 'vocab.txt'];
      expect(readdirSync(directory).sort()).toEqual(files);
      for (const file of files) {
        expect(
          readFileSync(path.join(directory, file)).equals(readFileSync(path.join(published, file))),
          file,
        ).toBe(true);
      }
      expect([...progress].sort()).toEqual(files);
      expect(last.bytesDone).toBe(last.bytesTotal);
      expect(hub.requests.filter(({ path: asked }) => asked.includes('/resolve/main/'))).toEqual([]);
      const imported = await importCheckpoint({
        directory,
        out: path.join(folder, `out-${String(xet)}`),
        source: NAME,
      });
      expect(imported.heads).toEqual(['pooler', 'masked-language']);
    },
  );

  it('in shards comes whole', async () => {
    const directory = copy();
    const weights = await readSafetensors(
      path.join(directory, 'model.safetensors'),
      (tensor) => !tensor.includes('position_ids'),
    );
    rmSync(path.join(directory, 'model.safetensors'));
    const names = [...weights.keys()];
    const map: Record<string, string> = {};
    [names.slice(0, 5), names.slice(5)].forEach((own, index) => {
      const shard = `model-0000${index + 1}-of-00002.safetensors`;
      writeTensors(path.join(directory, shard), new Map(own.map((tensor) => [tensor, weights.get(tensor)!])));
      for (const tensor of own) map[tensor] = shard;
    });
    const index = path.join(directory, 'model.safetensors.index.json');
    writeFileSync(index, JSON.stringify({ weight_map: map }));
    await serve({ directory });
    const target = fresh();
    await fetchTo(target);
    expect(readdirSync(target).filter((file) => file.endsWith('.safetensors'))).toHaveLength(2);
    await hub.close();

    rmSync(path.join(directory, 'model-00002-of-00002.safetensors'));
    await serve({ directory });
    await expect(fetchTo(fresh())).rejects.toMatchObject({
      code: 'model-missing-file',
      message: expect.stringContaining('model-00002-of-00002.safetensors') as string,
    });
    await hub.close();

    writeFileSync(index, JSON.stringify({ weight_map: { a: '../../outside.safetensors' } }));
    await serve({ directory });
    await expect(fetchTo(fresh())).rejects.toMatchObject({ code: 'model-weights-invalid' });
    expect(hub.requests.some(({ path: asked }) => asked.includes('outside'))).toBe(false);
  });

  it('that is private needs a token, which no other origin sees', async () => {
    await serve({ token: 'hf_secret' });
    await expect(fetchTo(fresh())).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining(NAME) as string,
      hint: expect.stringContaining('HF_TOKEN') as string,
    });
    const wrong = await fetchTo(fresh(), { token: 'hf_wrong' }).catch((error: unknown) => error as Error);
    expect(wrong).toMatchObject({ code: 'forbidden', hint: expect.stringContaining('account') as string });
    expect(wrong instanceof Error ? wrong.message : '').not.toContain('hf_wrong');
    hub.requests.length = 0;
    const directory = fresh();
    await fetchTo(directory, { token: 'hf_secret' });
    expect(existsSync(path.join(directory, 'model.safetensors'))).toBe(true);
    const tokens = (origin: string) =>
      new Set(hub.requests.filter((request) => request.origin === origin).map(({ token }) => token));
    expect(tokens('hub')).toEqual(new Set(['hf_secret']));
    expect(tokens('storage')).toEqual(new Set([undefined]));
  });

  it('that is not there, or not at this revision, is named', async () => {
    await serve();
    await expect(fetchTo(fresh(), { name: 'klue/nothing' })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(/klue\/nothing.*or there is none/) as string,
      hint: expect.stringContaining('spelling') as string,
    });
    await expect(fetchTo(fresh(), { revision: 'v9' })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('v9') as string,
      hint: expect.stringContaining('--revision') as string,
    });
  });

  it('with pytorch_model.bin alone is refused before anything is fetched', async () => {
    const directory = copy();
    rmSync(path.join(directory, 'model.safetensors'));
    await serve({ directory });
    const target = fresh();
    await expect(fetchTo(target)).rejects.toMatchObject({
      code: 'model-missing-file',
      message: expect.stringContaining('pytorch_model.bin') as string,
      hint: expect.stringContaining('safetensors.torch') as string,
    });
    expect(readdirSync(target)).toEqual([]);
  });
});

describe('a download', () => {
  const flip = (content: Buffer) => {
    const changed = Buffer.from(content);
    const at = changed.length - 1;
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed;
  };
  it.each([
    ['weights with one bit changed', 'model.safetensors', flip],
    ['weights cut short', 'model.safetensors', (content: Buffer) => content.subarray(0, -8)],
    [
      'weights with more at the end',
      'model.safetensors',
      (content: Buffer) => Buffer.concat([content, content]),
    ],
    ['a vocabulary with one bit changed', 'vocab.txt', flip],
  ])('of %s is refused', async (_, file, change) => {
    await serve({ damage: (name, content) => (name === file ? change(content) : content) });
    await expect(fetchTo(fresh())).rejects.toMatchObject({
      code: 'model-hash-mismatch',
      message: expect.stringContaining(file) as string,
      hint: expect.stringContaining('again') as string,
    });
  });

  it('whose connection breaks says so', async () => {
    await serve({ breaks: (file) => file === 'model.safetensors' });
    await expect(fetchTo(fresh())).rejects.toMatchObject({
      code: 'hub-unreachable',
      message: expect.stringContaining('connection broke') as string,
    });
  });

  it('without internet says what to do instead', async () => {
    await serve();
    await hub.close();
    await expect(fetchTo(fresh())).rejects.toMatchObject({
      code: 'hub-unreachable',
      message: expect.stringContaining(hub.url) as string,
      hint: expect.stringContaining('nunchi model import FOLDER') as string,
    });
  });
});
