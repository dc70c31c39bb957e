// Models and texts for the serving benchmarks, and transformers.js on the very same exported files.
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { env, pipeline, type TextClassificationPipeline } from '@huggingface/transformers';
import type { BertConfig } from '../src/bert/config.js';
import { openModelDirectory, writeModelDirectory, type ModelDirectory } from '../src/bert/model-directory.js';
import { createUntrainedWeights } from '../src/bert/untrained.js';
import { findDataFile } from '../src/data/find-data-file.js';
import { readLabelledFile } from '../src/data/labelled-file.js';
import { loadConfig } from '../src/config.js';
import { exportClassifier } from '../src/onnx/classifier-graph.js';
import { openLogitsSession } from '../src/onnx/logits-session.js';
import { quantizeClassifier } from '../src/onnx/quantize.js';
import { availableCores } from '../src/process/available-cores.js';
import { loadClassifier, type Classifier } from '../src/serve/classifier.js';

const SHIPPED = path.join(import.meta.dirname, '../../models/default');
const FOLDER = path.join(os.tmpdir(), 'nunchi-bench');

export type ModelSize = 'default' | 'base';
export type Dtype = 'fp32' | 'q8';

/** BERT-base with the shipped tokenizer and random weights. */
function baseConfig(config: BertConfig): BertConfig {
  const size = { hiddenSize: 768, layers: 12, heads: 12, intermediateSize: 3072 };
  return { ...config, ...size, vocabularySize: 32_000, maxPositions: 512 };
}

async function writeExported(directory: string, size: ModelSize): Promise<void> {
  const shipped = await openModelDirectory(SHIPPED);
  const config = size === 'base' ? baseConfig(shipped.config) : shipped.config;
  const weights = size === 'base' ? createUntrainedWeights(config, 1) : await shipped.loadWeights();
  const onnx = exportClassifier(config, weights);
  await rm(directory, { recursive: true, force: true });
  await writeModelDirectory(directory, {
    config,
    weights,
    tokenizerFrom: SHIPPED,
    manifest: { parent: null, recipe: {}, seed: 1, engine: 'none', data: {}, metrics: {} },
    card: 'benchmark',
    onnx,
    precision: 'float16',
  });
  await writeFile(path.join(directory, 'onnx/model_quantized.onnx'), quantizeClassifier(onnx));
  await mkdir(path.join(directory, 'done'));
}

/** A model directory with both ONNX files; kept in the temporary folder for the next run. */
export async function exportedModel(size: ModelSize): Promise<string> {
  const { version } = await openModelDirectory(SHIPPED);
  const directory = path.join(FOLDER, `${version}-${size}`);
  if (!existsSync(path.join(directory, 'done'))) await writeExported(directory, size);
  return directory;
}

/** Different texts of NSMC's train split from its end, so of its length distribution. Needs `NUNCHI_DATA`. */
export async function nsmcTexts(count: number): Promise<string[]> {
  const file = findDataFile('nsmc/train.tsv.gz', loadConfig().data);
  const { rows } = await readLabelledFile(file);
  const texts = [...new Set(rows.map(({ text }) => text))];
  return texts.slice(-count);
}

export async function openOurs(directory: string, dtype: Dtype): Promise<Classifier> {
  return loadClassifier(directory, {
    threads: availableCores(),
    threshold: 0,
    openSession: (model: ModelDirectory, options) =>
      openLogitsSession(model, { ...options, precision: dtype === 'q8' ? 'int8' : 'float32' }),
  });
}

export interface Peer {
  name: string;
  pipe: TextClassificationPipeline;
}

/** Every thread setting that may be the best one. */
export const PEER_SETTINGS: readonly (readonly [name: string, options: object | undefined])[] = [
  ['as it comes', undefined],
  ['1 thread', { intraOpNumThreads: 1 }],
  ['2 threads spinning', { intraOpNumThreads: 2 }],
  ['2 threads not spinning', spinless()],
];

function spinless(): object {
  return { intraOpNumThreads: 2, extra: { session: { intra_op: { allow_spinning: '0' } } } };
}

export async function openPeer(
  directory: string,
  dtype: Dtype,
  options: object | undefined,
): Promise<Peer['pipe']> {
  env.allowRemoteModels = false;
  env.localModelPath = path.dirname(directory) + path.sep;
  return pipeline('text-classification', path.basename(directory), {
    dtype,
    device: 'cpu',
    ...(options === undefined ? {} : { session_options: options }),
  });
}

/** The setting for which `milliseconds` is least. */
export async function bestPeer(
  directory: string,
  dtype: Dtype,
  milliseconds: (pipe: Peer['pipe']) => Promise<number>,
): Promise<Peer> {
  let best: { time: number; peer: Peer } | undefined;
  for (const [setting, options] of PEER_SETTINGS) {
    const pipe = await openPeer(directory, dtype, options);
    const time = await milliseconds(pipe);
    if (best === undefined || time < best.time) {
      await best?.peer.pipe.dispose();
      best = { time, peer: { name: `transformers.js ${dtype}, ${setting}`, pipe } };
    } else await pipe.dispose();
  }
  if (best === undefined) throw new Error('no setting to try');
  return best.peer;
}

export interface PeerAnswer {
  label: string;
  score: number;
}

export async function peerAnswers(pipe: Peer['pipe'], texts: string[]): Promise<PeerAnswer[]> {
  return await pipe(texts);
}

/** How far the scores of the likeliest label may be apart, 0 to 1. int8: activations of a batch share one scale. */
const SCORE_TOLERANCE: Record<Dtype, number> = { fp32: 1e-4, q8: 0.06 };

/** Equal work: both sides give the same labels and scores. @throws Error where they do not. */
export async function checkAgreement(
  ours: Classifier,
  peer: Peer,
  dtype: Dtype,
  texts: string[],
): Promise<void> {
  const readings = await ours.classify(texts);
  for (const [index, text] of texts.entries()) {
    const [theirs] = await peerAnswers(peer.pipe, [text]);
    const reading = readings[index];
    if (theirs === undefined || reading === undefined) throw new Error('an answer is missing');
    const own = reading.scores[theirs.label as keyof typeof reading.scores];
    const close = Math.abs(own - theirs.score) <= SCORE_TOLERANCE[dtype];
    const tied = reading.confidence - own <= SCORE_TOLERANCE[dtype];
    if (!close || (reading.label !== theirs.label && !tied))
      throw new Error(`text ${index} is read otherwise`);
  }
}
