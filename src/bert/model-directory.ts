// A model directory in the Hugging Face layout plus `manifest.json`: opened with every file checked, written atomically.
import type { BertConfig } from './config.js';
import type { BertTokenizer } from './tokenizer.js';
import type { Weights } from './weights.js';

/** What `manifest.json` records about how a model came to be. */
export interface ModelManifest {
  formatVersion: 1;
  /** Unique name of these weights, such as `nunchi-1a2b3c4d` (8 hex digits of the weights' sha256). */
  version: string;
  /** Version of the model it was trained from, or null for one trained from random weights. */
  parent: string | null;
  createdAt: string;
  /** Hyperparameters and settings of the run, as given. */
  recipe: Record<string, unknown>;
  seed: number;
  engine: string;
  /** Name to sha256 of the data it was trained on. */
  data: Record<string, string>;
  metrics: Record<string, number>;
  /** Relative path to sha256 of every other file. */
  files: Record<string, string>;
}

export interface ModelDirectory {
  readonly path: string;
  readonly version: string;
  readonly config: BertConfig;
  readonly manifest: ModelManifest;
  readonly tokenizer: BertTokenizer;
  /** Absolute path of `onnx/model.onnx`, or undefined where the directory has none. */
  readonly onnxFile: string | undefined;
  /** Reads `model.safetensors`, checked against the configuration. */
  loadWeights(): Promise<Weights>;
}

export interface NewModelDirectory {
  config: BertConfig;
  weights: Weights;
  /** A directory whose vocab.txt, tokenizer.json and tokenizer_config.json are taken over. */
  tokenizerFrom: string;
  manifest: Omit<ModelManifest, 'formatVersion' | 'version' | 'files' | 'createdAt'>;
  /** Content of the model card. */
  card: string;
  /** Serialized `onnx/model.onnx`, if it is to be part of the directory. */
  onnx?: Uint8Array;
  precision: 'float32' | 'float16';
}
