// The part of `@huggingface/tokenizers` that is used, typed: its own declarations do not resolve under NodeNext.
import type { NormalizerRule } from './quick-normalizer.js';
import { Tokenizer } from '@huggingface/tokenizers';

export interface TokenizerLike {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  tokenize(text: string): string[];
  token_to_id(token: string): number | undefined;
  get_vocab(): Map<string, number>;
  /** `normalizers` where it is a sequence. */
  normalizer: (((text: string) => string) & { normalizers?: NormalizerRule[] }) | null;
  pre_tokenizer: ((text: string) => string[]) | null;
  model: { encode(words: string[]): string[] };
}

/** @param json content of tokenizer.json @param config content of tokenizer_config.json */
export function openTokenizerLibrary(json: unknown, config: unknown): TokenizerLike {
  const create = Tokenizer as unknown as new (json: unknown, config: unknown) => TokenizerLike;
  return new create(json, config ?? {});
}
