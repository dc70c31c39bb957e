// Text to token ids through `@huggingface/tokenizers`; everything that changes a text is inside tokenizer.json.
import { NunchiError } from '../errors.js';
import { skipIdleRules } from './quick-normalizer.js';
import { openTokenizerLibrary, type TokenizerLike } from './tokenizer-library.js';

export interface EncodedText {
  /** `[CLS] … [SEP]`, at most `maxLength` ids, not padded. */
  ids: number[];
  /** Pieces before truncation, special tokens not counted. */
  pieceCount: number;
  /** How many of them are `[UNK]`. */
  unknownCount: number;
}

export interface BertTokenizer {
  readonly vocabularySize: number;
  readonly padId: number;
  readonly unknownId: number;
  readonly clsId: number;
  readonly sepId: number;
  readonly maskId: number;
  /** @param maxLength tokens, `[CLS]` and `[SEP]` included. */
  encode(text: string, maxLength: number): EncodedText;
  tokenize(text: string): string[];
  /** Every piece, at the place of its id. */
  pieces(): string[];
}

interface WordPieceModel {
  type?: string;
  vocab: Record<string, number>;
  unk_token: string;
  continuing_subword_prefix: string;
  max_input_chars_per_word: number;
}

/**
 * WordPiece (Wu et al. 2016), longest match first, with the very results of the library's own.
 * That one tries every substring of a word, which takes seconds on a hostile text of 100-character words;
 * here no candidate is longer than the longest piece.
 */
function createWordPiece(model: WordPieceModel): (words: string[]) => string[] {
  const prefix = model.continuing_subword_prefix;
  const first = new Set<string>();
  const continuing = new Set<string>();
  let longest = 1;
  for (const piece of Object.keys(model.vocab)) {
    first.add(piece);
    if (piece.startsWith(prefix)) continuing.add(piece.slice(prefix.length));
    longest = Math.max(longest, piece.length);
  }
  const encodeWord = (word: string): string[] => {
    const chars = [...word];
    if (chars.length > model.max_input_chars_per_word) return [model.unk_token];
    const pieces: string[] = [];
    for (let start = 0; start < chars.length;) {
      const known = start === 0 ? first : continuing;
      let end = Math.min(chars.length, start + longest);
      let piece = chars.slice(start, end).join('');
      while (end > start && !known.has(piece)) {
        end -= 1;
        piece = piece.slice(0, -(chars[end] as string).length);
      }
      if (end === start) return [model.unk_token];
      pieces.push(start === 0 ? piece : prefix + piece);
      start = end;
    }
    return pieces;
  };
  return (words) => words.flatMap(encodeWord);
}

function loadLibrary(
  tokenizerJson: unknown,
  tokenizerConfig: unknown,
): { library: TokenizerLike; model: WordPieceModel } {
  const raw = (tokenizerJson as { model?: Partial<WordPieceModel> } | null)?.model;
  if (raw?.type !== 'WordPiece' || typeof raw.vocab !== 'object') {
    throw new NunchiError('model-config-invalid', 'tokenizer.json does not describe a WordPiece tokenizer', {
      hint: 'Only BERT models with a WordPiece vocabulary can be used.',
    });
  }
  const model: WordPieceModel = {
    vocab: raw.vocab,
    unk_token: raw.unk_token ?? '[UNK]',
    continuing_subword_prefix: raw.continuing_subword_prefix ?? '##',
    max_input_chars_per_word: raw.max_input_chars_per_word ?? 100,
  };
  try {
    return { library: openTokenizerLibrary(tokenizerJson, tokenizerConfig), model };
  } catch (error) {
    throw new NunchiError('model-config-invalid', 'tokenizer.json cannot be used', { cause: error });
  }
}

/**
 * @param tokenizerJson content of `tokenizer.json`
 * @param tokenizerConfig content of `tokenizer_config.json`
 * @throws NunchiError `model-config-invalid`
 */
export function createTokenizer(tokenizerJson: unknown, tokenizerConfig: unknown): BertTokenizer {
  const { library, model } = loadLibrary(tokenizerJson, tokenizerConfig);
  library.model.encode = createWordPiece(model);
  const { normalizer } = library;
  if (normalizer?.normalizers) normalizer.normalizers = skipIdleRules(normalizer.normalizers);
  const special = (token: string): number => {
    const id = library.token_to_id(token);
    if (id === undefined) throw new NunchiError('model-config-invalid', `the vocabulary has no ${token}`);
    return id;
  };
  const unknownId = special(model.unk_token);
  const [padId, clsId, sepId, maskId] = ['[PAD]', '[CLS]', '[SEP]', '[MASK]'].map(special) as [
    number,
    number,
    number,
    number,
  ];
  return {
    vocabularySize: library.get_vocab().size,
    padId,
    unknownId,
    clsId,
    sepId,
    maskId,
    encode(text, maxLength) {
      const { ids } = library.encode(text.toWellFormed(), { add_special_tokens: false });
      return {
        ids: [clsId, ...ids.slice(0, Math.max(0, maxLength - 2)), sepId],
        pieceCount: ids.length,
        unknownCount: ids.reduce((count, id) => count + (id === unknownId ? 1 : 0), 0),
      };
    },
    tokenize: (text) => library.tokenize(text.toWellFormed()),
    pieces() {
      const pieces: string[] = [];
      for (const [piece, id] of library.get_vocab()) pieces[id] = piece;
      return pieces;
    },
  };
}
