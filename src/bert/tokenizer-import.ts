// The tokenizer files of a published checkpoint, completed: whichever of vocab.txt and tokenizer.json is missing is made
// from the other, with the text rules of Hugging Face's BertTokenizer.
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { NunchiError } from '../errors.js';
import { createTokenizer } from './tokenizer.js';

/** Far over any BERT's: mBERT's tokenizer.json, with 119,547 pieces, has 2 MB. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

const SpecialToken = z.union([
  z.string(),
  z.object({ content: z.string() }).transform(({ content }) => content),
]);
const TokenizerConfig = z.looseObject({
  tokenizer_class: z.string().nullish(),
  do_lower_case: z.boolean().optional(),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().optional(),
  do_basic_tokenize: z.boolean().optional(),
  model_max_length: z.number().positive().optional(),
  /** What `model_max_length` was called before. */
  max_len: z.number().positive().optional(),
  unk_token: SpecialToken.default('[UNK]'),
  sep_token: SpecialToken.default('[SEP]'),
  pad_token: SpecialToken.default('[PAD]'),
  cls_token: SpecialToken.default('[CLS]'),
  mask_token: SpecialToken.default('[MASK]'),
});
type TokenizerConfig = z.infer<typeof TokenizerConfig>;

const TokenizerJson = z.looseObject({
  normalizer: z.looseObject({ type: z.string() }).nullish(),
  model: z.looseObject({ vocab: z.record(z.string(), z.number().int().min(0)) }),
});
type TokenizerJson = z.infer<typeof TokenizerJson>;

/** Tokenizers of other kinds under BERT weights: their vocab.txt alone does not say how a text is split. */
const BERT_CLASS = /^(Bert|Electra|DistilBert|PreTrained)Tokenizer(Fast)?$/;

export interface ImportedTokenizer {
  /** `vocab.txt` (where ids have no gaps), `tokenizer.json`, `tokenizer_config.json`, `special_tokens_map.json` */
  files: Map<string, string>;
  /** Pieces, added ones included. */
  size: number;
  padId: number;
  warnings: string[];
}

function invalid(file: string, problem: string, hint?: string): NunchiError {
  return new NunchiError('model-config-invalid', `${file}: ${problem}`, hint === undefined ? {} : { hint });
}

async function readText(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > MAX_FILE_BYTES) throw invalid(file, `it has ${size} bytes, at most ${MAX_FILE_BYTES} are read`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    throw new NunchiError('model-config-invalid', `${file} is not UTF-8 text`, { cause: error });
  }
}

async function readParsed<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(file);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new NunchiError('model-config-invalid', `${file} is not JSON`, { cause: error });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(file, `"${issue?.path.join('.') ?? ''}" ${issue?.message ?? ''}`);
}

/** Pieces by line, as BertTokenizer reads them: a piece that is there twice has the id of its last line. */
async function readVocabulary(file: string): Promise<Map<string, number>> {
  const lines = (await readText(file)).split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  return new Map(lines.map((piece, id) => [piece, id]));
}

/** What BertTokenizer does where tokenizer_config.json says nothing. */
function normalizerOf(config: TokenizerConfig): Record<string, unknown> {
  return {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: config.tokenize_chinese_chars ?? true,
    // null: accents go exactly where letters are lower-cased.
    strip_accents: config.strip_accents ?? null,
    lowercase: config.do_lower_case ?? true,
  };
}

function buildTokenizerJson(
  vocabulary: ReadonlyMap<string, number>,
  config: TokenizerConfig,
  vocabularyFile: string,
): TokenizerJson {
  const { unk_token, sep_token, pad_token, cls_token, mask_token } = config;
  const special = [pad_token, unk_token, cls_token, sep_token, mask_token];
  const missing = special.filter((token) => !vocabulary.has(token));
  if (missing.length > 0) {
    throw invalid(
      vocabularyFile,
      `it lacks ${missing.join(', ')}`,
      'A BERT vocabulary has these special tokens.',
    );
  }
  const id = (token: string) => vocabulary.get(token) as number;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special
      .map((content) => ({
        id: id(content),
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      }))
      .sort((a, b) => a.id - b.id),
    normalizer: { ...normalizerOf(config), type: 'BertNormalizer' },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: cls_token, type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: sep_token, type_id: 0 } },
      ],
      pair: [
        { SpecialToken: { id: cls_token, type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: sep_token, type_id: 0 } },
        { Sequence: { id: 'B', type_id: 1 } },
        { SpecialToken: { id: sep_token, type_id: 1 } },
      ],
      special_tokens: Object.fromEntries(
        [cls_token, sep_token].map((token) => [token, { id: token, ids: [id(token)], tokens: [token] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary),
    },
  };
}

/** Where tokenizer_config.json says otherwise than tokenizer.json, transformers follows the former; so do we. */
function applyRules(json: TokenizerJson, config: TokenizerConfig): TokenizerJson {
  if (json.normalizer?.type !== 'BertNormalizer') return json;
  const said = Object.entries({
    lowercase: config.do_lower_case,
    strip_accents: config.strip_accents,
    handle_chinese_chars: config.tokenize_chinese_chars,
  }).filter(([, value]) => value !== undefined);
  return { ...json, normalizer: { ...json.normalizer, ...Object.fromEntries(said) } };
}

/** @returns undefined where ids have gaps, which lines cannot show */
function vocabularyText(vocab: Readonly<Record<string, number>>): string | undefined {
  const pieces: string[] = [];
  for (const [piece, id] of Object.entries(vocab)) pieces[id] = piece;
  const complete =
    pieces.length === Object.keys(vocab).length && !pieces.some((piece) => /[\r\n]/.test(piece));
  return complete ? `${pieces.join('\n')}\n` : undefined;
}

function sameVocabulary(a: ReadonlyMap<string, number>, b: Readonly<Record<string, number>>): boolean {
  return a.size === Object.keys(b).length && [...a].every(([piece, id]) => b[piece] === id);
}

/**
 * @param maxPositions of config.json: the longest text that the tokenizer is to allow
 * @throws NunchiError `model-missing-file`, `model-config-invalid`
 */
export async function importTokenizer(directory: string, maxPositions: number): Promise<ImportedTokenizer> {
  const [vocabularyFile, jsonFile, configFile] = ['vocab.txt', 'tokenizer.json', 'tokenizer_config.json'].map(
    (name) => path.join(directory, name),
  ) as [string, string, string];
  const hasJson = existsSync(jsonFile);
  if (!hasJson && !existsSync(vocabularyFile)) {
    throw new NunchiError('model-missing-file', `${directory} has neither tokenizer.json nor vocab.txt`, {
      hint: 'A BERT checkpoint comes with one of them; copy it beside config.json.',
    });
  }
  const config = existsSync(configFile)
    ? await readParsed(configFile, TokenizerConfig)
    : TokenizerConfig.parse({});
  const { tokenizer_class: kind } = config;
  if (!hasJson && typeof kind === 'string' && !BERT_CLASS.test(kind)) {
    throw invalid(
      configFile,
      `a tokenizer of class ${kind} needs a tokenizer.json`,
      'Only WordPiece as in BertTokenizer can be built from vocab.txt.',
    );
  }
  if (config.do_basic_tokenize === false) {
    throw invalid(
      configFile,
      '"do_basic_tokenize": false is not supported',
      'Texts are always split at spaces and punctuation first.',
    );
  }
  const warnings: string[] = [];
  const listed = existsSync(vocabularyFile) ? await readVocabulary(vocabularyFile) : undefined;
  const json = hasJson
    ? applyRules(await readParsed(jsonFile, TokenizerJson), config)
    : buildTokenizerJson(listed as Map<string, number>, config, vocabularyFile);
  if (listed !== undefined && !sameVocabulary(listed, json.model.vocab)) {
    warnings.push(
      'vocab.txt and tokenizer.json differ; tokenizer.json counts, and vocab.txt is written anew from it',
    );
  }
  const { pad_token, unk_token, cls_token, sep_token, mask_token, max_len, model_max_length } = config;
  const special = { unk_token, sep_token, pad_token, cls_token, mask_token };
  const rules = json.normalizer?.type === 'BertNormalizer' ? json.normalizer : undefined;
  const completed = {
    ...config,
    ...special,
    tokenizer_class: 'BertTokenizer',
    ...(rules && {
      do_lower_case: rules['lowercase'],
      strip_accents: rules['strip_accents'],
      tokenize_chinese_chars: rules['handle_chinese_chars'],
    }),
    model_max_length: Math.min(model_max_length ?? max_len ?? maxPositions, maxPositions),
  };
  const tokenizer = createTokenizer(json, completed);
  const pretty = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const files = new Map([
    ['tokenizer.json', pretty(json)],
    ['tokenizer_config.json', pretty(completed)],
    ['special_tokens_map.json', pretty(special)],
  ]);
  const lines = vocabularyText(json.model.vocab);
  if (lines !== undefined) files.set('vocab.txt', lines);
  return { files, size: tokenizer.vocabularySize, padId: tokenizer.padId, warnings };
}
