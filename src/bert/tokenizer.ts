// Text to token ids through `@huggingface/tokenizers`; everything that changes a text is inside tokenizer.json.

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
}
