// A BERT configuration as in Hugging Face's `config.json`, and the tensors such a model must have.
import { z } from 'zod';
import { NunchiError } from '../errors.js';
import { isLabel, type Label } from '../labels.js';

const positive = z.number().int().positive();

/** Names the value that Nunchi does not compute, beside the one that it does. */
const only = (what: string, supported: string) => (issue: { input?: unknown }) =>
  `${what} ${JSON.stringify(issue.input)} is not supported, only ${supported}`;

const HuggingFaceConfig = z.object({
  model_type: z.literal('bert'),
  vocab_size: positive,
  hidden_size: positive,
  num_hidden_layers: positive,
  num_attention_heads: positive,
  intermediate_size: positive,
  // Both are the exact function; `gelu_new` and others compute something else.
  hidden_act: z.enum(['gelu', 'gelu_python'], { error: only('the activation', 'gelu') }).default('gelu'),
  hidden_dropout_prob: z.number().min(0).max(0.9).default(0.1),
  attention_probs_dropout_prob: z.number().min(0).max(0.9).default(0.1),
  classifier_dropout: z.number().min(0).max(0.9).nullable().optional(),
  max_position_embeddings: positive.default(512),
  type_vocab_size: positive.default(2),
  initializer_range: z.number().positive().default(0.02),
  layer_norm_eps: z.number().positive().default(1e-12),
  pad_token_id: z.number().int().min(0).default(0),
  position_embedding_type: z
    .literal('absolute', { error: only('the position embedding', 'absolute') })
    .default('absolute'),
  is_decoder: z.literal(false, { error: only('is_decoder', 'false') }).default(false),
  id2label: z.record(z.string(), z.string()).optional(),
});

export interface BertConfig {
  vocabularySize: number;
  hiddenSize: number;
  layers: number;
  heads: number;
  intermediateSize: number;
  hiddenDropout: number;
  attentionDropout: number;
  classifierDropout: number;
  /** Longest sequence in tokens, `[CLS]` and `[SEP]` included. */
  maxPositions: number;
  segmentTypes: number;
  initializerRange: number;
  layerNormEpsilon: number;
  padTokenId: number;
  /** Labels in the order of the classifier's rows; empty for a model without a classification head. */
  labels: Label[];
}

/**
 * Reads the content of a `config.json`.
 * @param source named in errors, such as the file's path.
 * @throws NunchiError `model-config-invalid`
 */
export function parseBertConfig(json: unknown, source: string): BertConfig {
  const parsed = HuggingFaceConfig.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new NunchiError(
      'model-config-invalid',
      `${source}: "${issue?.path.join('.') ?? ''}" ${issue?.message ?? ''}`,
      {
        hint: 'The file must be the config.json of a Hugging Face BERT model.',
      },
    );
  }
  const c = parsed.data;
  if (c.hidden_size % c.num_attention_heads !== 0) {
    throw new NunchiError(
      'model-config-invalid',
      `${source}: hidden_size ${c.hidden_size} is not a multiple of num_attention_heads ${c.num_attention_heads}`,
    );
  }
  const names = Object.entries(c.id2label ?? {})
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, name]) => name);
  return {
    vocabularySize: c.vocab_size,
    hiddenSize: c.hidden_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    intermediateSize: c.intermediate_size,
    hiddenDropout: c.hidden_dropout_prob,
    attentionDropout: c.attention_probs_dropout_prob,
    classifierDropout: c.classifier_dropout ?? c.hidden_dropout_prob,
    maxPositions: c.max_position_embeddings,
    segmentTypes: c.type_vocab_size,
    initializerRange: c.initializer_range,
    layerNormEpsilon: c.layer_norm_eps,
    padTokenId: c.pad_token_id,
    labels: names.every(isLabel) && new Set(names).size === names.length && names.length > 1 ? names : [],
  };
}

function architecture(config: BertConfig, tensors: readonly string[]): string {
  if (config.labels.length > 0) return 'BertForSequenceClassification';
  const [masked, next] = ['cls.predictions.', 'cls.seq_relationship.'].map((prefix) =>
    tensors.some((name) => name.startsWith(prefix)),
  );
  if (masked) return next ? 'BertForPreTraining' : 'BertForMaskedLM';
  return next ? 'BertForNextSentencePrediction' : 'BertModel';
}

/** The `config.json` of a model with these tensors, as transformers writes it. @param tensors their names */
export function toHuggingFaceConfig(config: BertConfig, tensors: readonly string[]): Record<string, unknown> {
  const { labels } = config;
  return {
    architectures: [architecture(config, tensors)],
    model_type: 'bert',
    vocab_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.intermediateSize,
    hidden_act: 'gelu',
    hidden_dropout_prob: config.hiddenDropout,
    attention_probs_dropout_prob: config.attentionDropout,
    classifier_dropout: config.classifierDropout,
    max_position_embeddings: config.maxPositions,
    type_vocab_size: config.segmentTypes,
    initializer_range: config.initializerRange,
    layer_norm_eps: config.layerNormEpsilon,
    pad_token_id: config.padTokenId,
    position_embedding_type: 'absolute',
    ...(labels.length === 0
      ? {}
      : {
          id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
          label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
        }),
  };
}

/** Name to shape of every tensor of a classification model, with Hugging Face's names; dense kernels are `[out, in]`. */
export function tensorShapes(config: BertConfig): Map<string, number[]> {
  const { hiddenSize: h, intermediateSize: i } = config;
  const shapes = new Map<string, number[]>([
    ['bert.embeddings.word_embeddings.weight', [config.vocabularySize, h]],
    ['bert.embeddings.position_embeddings.weight', [config.maxPositions, h]],
    ['bert.embeddings.token_type_embeddings.weight', [config.segmentTypes, h]],
    ['bert.embeddings.LayerNorm.weight', [h]],
    ['bert.embeddings.LayerNorm.bias', [h]],
  ]);
  const dense = (name: string, out: number, input: number) => {
    shapes.set(`${name}.weight`, [out, input]);
    shapes.set(`${name}.bias`, [out]);
  };
  const norm = (name: string) => {
    shapes.set(`${name}.weight`, [h]);
    shapes.set(`${name}.bias`, [h]);
  };
  for (let layer = 0; layer < config.layers; layer += 1) {
    const prefix = `bert.encoder.layer.${layer}`;
    for (const part of ['query', 'key', 'value']) dense(`${prefix}.attention.self.${part}`, h, h);
    dense(`${prefix}.attention.output.dense`, h, h);
    norm(`${prefix}.attention.output.LayerNorm`);
    dense(`${prefix}.intermediate.dense`, i, h);
    dense(`${prefix}.output.dense`, h, i);
    norm(`${prefix}.output.LayerNorm`);
  }
  dense('bert.pooler.dense', h, h);
  dense('classifier', config.labels.length, h);
  return shapes;
}

/** Name to shape of the heads of pre-training. The decoder's kernel is the table of word embeddings and has no name of its own. */
export function pretrainingHeadShapes(config: BertConfig): Map<string, number[]> {
  const { hiddenSize: h } = config;
  return new Map([
    ['cls.predictions.bias', [config.vocabularySize]],
    ['cls.predictions.transform.dense.weight', [h, h]],
    ['cls.predictions.transform.dense.bias', [h]],
    ['cls.predictions.transform.LayerNorm.weight', [h]],
    ['cls.predictions.transform.LayerNorm.bias', [h]],
    ['cls.seq_relationship.weight', [2, h]],
    ['cls.seq_relationship.bias', [2]],
  ]);
}

/**
 * Name to shape of every tensor of a model in pre-training: the encoder, its pooler and both heads, with the names of
 * Hugging Face's `BertForPreTraining`.
 */
export function pretrainingShapes(config: BertConfig): Map<string, number[]> {
  const encoder = [...tensorShapes(config)].filter(([name]) => name.startsWith('bert.'));
  return new Map([...encoder, ...pretrainingHeadShapes(config)]);
}
