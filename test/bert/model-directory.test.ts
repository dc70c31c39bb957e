// Model directories: a round trip, and every kind of damage named by its code.
import {
  appendFileSync,
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
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashBytes, replaceFileDurably } from '../../src/bert/model-files.js';
import { openModelDirectory, updateManifest, type ModelManifest } from '../../src/bert/model-directory.js';
import { readSafetensors, writeSafetensors } from '../../src/bert/safetensors.js';
import type { Weights } from '../../src/bert/weights.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';

let folder: string;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-model-directory-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fresh = () => makeTinyModel(path.join(folder, `model-${(count += 1)}`));
const failure = (code: string, message = /./) => ({
  code,
  message: expect.stringMatching(message) as string,
});

function editManifest(directory: string, edit: (manifest: ModelManifest) => void): void {
  const file = path.join(directory, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as ModelManifest;
  edit(manifest);
  writeFileSync(file, JSON.stringify(manifest));
}

/** Changes a file together with its hash, as someone does who edits a model on purpose. */
function replaceFile(directory: string, name: string, content: string | Uint8Array): void {
  writeFileSync(path.join(directory, name), content);
  editManifest(directory, (manifest) => {
    manifest.files[name] = hashBytes(content);
  });
}

async function editWeights(directory: string, edit: (weights: Weights) => void): Promise<void> {
  const weights = await readSafetensors(path.join(directory, 'model.safetensors'));
  edit(weights);
  replaceFile(directory, 'model.safetensors', writeSafetensors(weights, 'float32'));
}

describe('a model directory', () => {
  it('is read as it was written', async () => {
    const model = await openModelDirectory(await fresh());
    expect(model.version).toMatch(/^nunchi-[0-9a-f]{8}$/);
    expect(model.config).toMatchObject({
      hiddenSize: 16,
      layers: 2,
      labels: ['negative', 'neutral', 'positive'],
    });
    expect(model.tokenizer.vocabularySize).toBe(model.config.vocabularySize);
    expect(model.onnxFile).toBeUndefined();
    const weights = await model.loadWeights();
    expect(weights.get('classifier.weight')?.shape).toEqual([3, 16]);
    expect(Object.keys(model.manifest.files).sort()).toEqual(
      readdirSync(model.path)
        .filter((name) => name !== 'manifest.json')
        .sort(),
    );
  });

  it('has a version that follows from the weights alone', async () => {
    const [first, second] = [
      await openModelDirectory(await fresh()),
      await openModelDirectory(await fresh()),
    ];
    const other = await openModelDirectory(await makeTinyModel(path.join(folder, 'other'), { seed: 2 }));
    expect(second.version).toBe(first.version);
    expect(other.version).not.toBe(first.version);
  });

  it('is never written over something, and leaves nothing behind when it is refused', async () => {
    const target = path.join(folder, 'taken');
    mkdirSync(target);
    await expect(makeTinyModel(target)).rejects.toMatchObject({ code: 'usage' });
    expect(readdirSync(folder).filter((name) => name.startsWith('taken'))).toEqual(['taken']);
  });

  it('cannot be written below a file', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    await expect(makeTinyModel(path.join(file, 'model'))).rejects.toMatchObject({
      code: 'home-not-writable',
    });
  });

  it('may be a plain Hugging Face one, with other tensors and older names', async () => {
    const directory = await fresh();
    await editWeights(directory, (weights) => {
      weights.set('cls.predictions.bias', { shape: [1], data: new Float32Array(1) });
      for (const [name, tensor] of [...weights].filter(([key]) => key.startsWith('bert.'))) {
        weights.delete(name);
        weights.set(name.slice(5).replace('LayerNorm.weight', 'LayerNorm.gamma'), tensor);
      }
    });
    rmSync(path.join(directory, 'manifest.json'));
    rmSync(path.join(directory, 'tokenizer_config.json'));
    const model = await openModelDirectory(directory);
    const weights = await model.loadWeights();
    expect(weights.has('bert.embeddings.LayerNorm.weight')).toBe(true);
    expect(weights.has('cls.predictions.bias')).toBe(false);
    expect(model.version).toBe(
      `nunchi-${hashBytes(readFileSync(path.join(directory, 'model.safetensors'))).slice(0, 8)}`,
    );
  });

  it('may lack its head where the caller allows it', async () => {
    const directory = await fresh();
    await editWeights(directory, (weights) => {
      weights.delete('classifier.weight');
      weights.delete('classifier.bias');
    });
    const model = await openModelDirectory(directory);
    await expect(model.loadWeights()).rejects.toMatchObject(failure('model-shape-mismatch', /classifier/));
    const weights = await model.loadWeights({ allowMissingHead: true });
    expect(weights.has('classifier.weight')).toBe(false);
    expect(weights.has('bert.pooler.dense.weight')).toBe(true);
  });
});

describe('a damaged model directory', () => {
  it('that does not exist', async () => {
    await expect(openModelDirectory(path.join(folder, 'nowhere'))).rejects.toMatchObject(
      failure('model-missing-file'),
    );
  });

  it.each(['model.safetensors', 'vocab.txt', 'config.json'])('lacks %s', async (name) => {
    const directory = await fresh();
    rmSync(path.join(directory, name));
    await expect(openModelDirectory(directory)).rejects.toMatchObject(
      failure('model-missing-file', new RegExp(name)),
    );
  });

  it('holds a file that was changed', async () => {
    const directory = await fresh();
    appendFileSync(path.join(directory, 'vocab.txt'), 'x\n');
    await expect(openModelDirectory(directory)).rejects.toMatchObject(
      failure('model-hash-mismatch', /vocab\.txt/),
    );
  });

  it.each(['../outside', '/etc/hostname', 'a/../../b', 'C:\\x', '..\\x'])(
    'names the file %s',
    async (name) => {
      const directory = await fresh();
      editManifest(directory, (manifest) => {
        manifest.files[name] = '0'.repeat(64);
      });
      await expect(openModelDirectory(directory)).rejects.toMatchObject(
        failure('model-config-invalid', /outside/),
      );
    },
  );

  it('does not list its weights', async () => {
    const directory = await fresh();
    editManifest(directory, (manifest) => {
      delete manifest.files['model.safetensors'];
    });
    await expect(openModelDirectory(directory)).rejects.toMatchObject(
      failure('model-missing-file', /safetensors/),
    );
  });

  it('has a manifest that is no JSON, or of another form', async () => {
    const directory = await fresh();
    writeFileSync(path.join(directory, 'manifest.json'), '{');
    await expect(openModelDirectory(directory)).rejects.toMatchObject(
      failure('model-config-invalid', /not JSON/),
    );
    writeFileSync(path.join(directory, 'manifest.json'), '{"formatVersion":2}');
    await expect(openModelDirectory(directory)).rejects.toMatchObject(
      failure('model-config-invalid', /formatVersion/),
    );
  });

  it('has a tensor of another shape', async () => {
    const directory = await fresh();
    await editWeights(directory, (weights) => {
      weights.set('bert.pooler.dense.weight', { shape: [16, 8], data: new Float32Array(128) });
    });
    await expect(openModelDirectory(directory)).rejects.toMatchObject(
      failure('model-shape-mismatch', /pooler\.dense\.weight has shape \[16, 8\].*\[16, 16\]/),
    );
  });

  it('has a configuration for other weights, or none', async () => {
    const directory = await fresh();
    const file = path.join(directory, 'config.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    replaceFile(directory, 'config.json', JSON.stringify({ ...config, num_hidden_layers: 3 }));
    await expect(openModelDirectory(directory)).rejects.toMatchObject(
      failure('model-shape-mismatch', /layer\.2/),
    );
    replaceFile(directory, 'config.json', JSON.stringify({ ...config, vocab_size: 10 }));
    await expect(openModelDirectory(directory)).rejects.toMatchObject(
      failure('model-config-invalid', /vocab_size 10/),
    );
    replaceFile(directory, 'config.json', JSON.stringify({ ...config, model_type: 'gpt2' }));
    await expect(openModelDirectory(directory)).rejects.toMatchObject(
      failure('model-config-invalid', /model_type/),
    );
    expect(existsSync(file)).toBe(true);
  });

  it('has a tokenizer that is not of BERT', async () => {
    const directory = await fresh();
    replaceFile(directory, 'tokenizer.json', JSON.stringify({ model: { type: 'BPE', vocab: {} } }));
    await expect(openModelDirectory(directory)).rejects.toMatchObject(
      failure('model-config-invalid', /WordPiece/),
    );
  });
});

describe('findings recorded later', () => {
  const QUANTIZATION = { used: false, reason: 'r', evaluations: [] };

  it('join the manifest and leave everything else as it was', async () => {
    const directory = await fresh();
    editManifest(directory, (manifest) => {
      manifest.metrics = { loss: 0.5, temperature: 2 };
      Object.assign(manifest, { ofALaterVersion: { kept: [1] } });
    });
    const before = await openModelDirectory(directory);
    const names = readdirSync(directory).sort();
    await updateManifest(directory, { metrics: { temperature: 1.25 } });
    await updateManifest(directory, { quantization: QUANTIZATION });
    const after = await openModelDirectory(directory);
    expect(after.manifest).toEqual({
      ...before.manifest,
      metrics: { loss: 0.5, temperature: 1.25 },
      quantization: QUANTIZATION,
    });
    const content = readFileSync(path.join(directory, 'manifest.json'), 'utf8');
    expect(JSON.parse(content)).toMatchObject({ ofALaterVersion: { kept: [1] } });
    expect(readdirSync(directory).sort()).toEqual(names);
  });

  it('are refused where there is no manifest, or none that is understood', async () => {
    const directory = await fresh();
    editManifest(directory, (manifest) => Object.assign(manifest, { formatVersion: 2 }));
    const content = readFileSync(path.join(directory, 'manifest.json'), 'utf8');
    await expect(updateManifest(directory, { metrics: { temperature: 1 } })).rejects.toMatchObject(
      failure('model-config-invalid', /formatVersion/),
    );
    expect(readFileSync(path.join(directory, 'manifest.json'), 'utf8')).toBe(content);
    rmSync(path.join(directory, 'manifest.json'));
    await expect(updateManifest(directory, { metrics: { temperature: 1 } })).rejects.toMatchObject(
      failure('model-missing-file', /manifest\.json/),
    );
  });

  it('leave nothing behind where they cannot be written', async () => {
    const directory = await fresh();
    // A file's place cannot be taken where a folder of that name stands.
    rmSync(path.join(directory, 'manifest.json'));
    mkdirSync(path.join(directory, 'manifest.json'));
    await expect(replaceFileDurably(path.join(directory, 'manifest.json'), '{}')).rejects.toMatchObject({
      code: 'home-not-writable',
    });
    expect(readdirSync(directory).filter((name) => name.includes('.tmp-'))).toEqual([]);
  });
});
