// The tokenizer files of a new model: Nunchi's text rules and a vocabulary, in the layout of BertTokenizerFast.

export const SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/** Characters whose runs are cut to three: Korean laughter and tears, marks, common emoji, Latin letters (`sooooo`). */
const FOLDED =
  'ㅋㅎㅠㅜㅡㅇㄷㄱㅉㅅㅂㅈㅊㄴㄹㅁㅏㅑㅓㅗㅣ하호흐크키캬아오와우어으이에헐악!?.,~^;:-_=*+#@/♥♡❤★☆😂🤣😭😍😊🥰👍👏🔥💕💖🙏😡😢' +
  'abcdefghijklmnopqrstuvwxyz';

/** Look-alikes of ASCII characters, beside the full-width forms. */
const LOOKALIKES: readonly (readonly [string, string])[] = [
  ['\u3000', ' '],
  ['‘', "'"],
  ['’', "'"],
  ['“', '"'],
  ['”', '"'],
  ['…', '...'],
  ['∼', '~'],
  ['〜', '~'],
];

/** Skin tones and presentation selectors: they change how an emoji looks, not what it says. */
const DROPPED = ['🏻', '🏼', '🏽', '🏾', '🏿', '\ufe0e', '\ufe0f', '\u20e3'];

/**
 * Emoji and other symbols that are neither letters nor punctuation, each a word of its own. Written as ranges,
 * because `\p{…}` depends on the Unicode version of the reader. CJK beyond the basic plane is split as within it.
 */
const SYMBOLS =
  '[¢-©¬®-±´¸×÷\u2044\u2052\u20a0-\u20cf\u2100-\u214f\u2190-\u2bff\u3200-\u33ff\u{1f000}-\u{1faff}\u{20000}-\u{323af}]';
/**
 * Compatibility jamo: laughter or tears glued to a word is split from it, and a run of laughter from one of tears,
 * so that `ㅋㅋ` is the same piece everywhere. Others stay together (`ㅇㅈ`, `ㅎㅏ`).
 */
const JAMO_RUN =
  'ㅋㅋ+|ㅎㅎ+|[ㅠㅜ][ㅠㅜ]+|[\u3131-\u318e]+?(?:(?=ㅋㅋ|ㅎㅎ|[ㅠㅜ][ㅠㅜ])|(?![\u3131-\u318e]))';

const escaped = (char: string) => (/[\^\-\]\\/.*+?]/.test(char) ? `\\${char}` : char);

function replace(from: string, to: string): object {
  return { type: 'Replace', pattern: { String: from }, content: to };
}

function normalizer(): object {
  const folded = [...FOLDED].map(escaped);
  const fullWidth = Array.from({ length: 94 }, (_, i) =>
    replace(String.fromCodePoint(0xff01 + i), String.fromCodePoint(0x21 + i)),
  );
  return {
    type: 'Sequence',
    normalizers: [
      ...fullWidth,
      ...[...LOOKALIKES].map(([from, to]) => replace(from, to)),
      // Never NFKC: it would turn ㅋㅋㅠㅠ into conjoining jamo.
      { type: 'NFC' },
      ...DROPPED.map((char) => replace(char, '')),
      // Readers lower-case a final sigma differently.
      replace('Σ', 'σ'),
      {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: false,
        lowercase: true,
      },
      // The fourth and every further one of a run goes; the look-behind sees the text before any replacement.
      {
        type: 'Replace',
        pattern: { Regex: `[${folded.join('')}](?<=${folded.map((char) => char.repeat(4)).join('|')})` },
        content: '',
      },
    ],
  };
}

function tokenizerJson(vocabulary: readonly string[]): object {
  const id = (token: string) => vocabulary.indexOf(token);
  const special = (token: string) => ({ [token]: { id: token, ids: [id(token)], tokens: [token] } });
  const isolate = (regex: string) => ({
    type: 'Split',
    pattern: { Regex: regex },
    behavior: 'Isolated',
    invert: false,
  });
  const [cls, sep] = ['[CLS]', '[SEP]'].map((token) => ({ SpecialToken: { id: token, type_id: 0 } }));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content) => ({
      id: id(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: normalizer(),
    pre_tokenizer: {
      type: 'Sequence',
      // Whole texts first: a pass over each of 100,000 words would take seconds.
      pretokenizers: [isolate(JAMO_RUN), isolate(SYMBOLS), { type: 'BertPreTokenizer' }],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [cls, { Sequence: { id: 'A', type_id: 0 } }, sep],
      pair: [
        cls,
        { Sequence: { id: 'A', type_id: 0 } },
        sep,
        { Sequence: { id: 'B', type_id: 1 } },
        { SpecialToken: { id: '[SEP]', type_id: 1 } },
      ],
      special_tokens: { ...special('[CLS]'), ...special('[SEP]') },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((piece, index) => [piece, index])),
    },
  };
}

/**
 * File name to content: `vocab.txt`, `tokenizer.json`, `tokenizer_config.json`, `special_tokens_map.json`.
 * @param vocabulary pieces in the order of their ids, `SPECIAL_TOKENS` among them, none twice.
 */
export function buildTokenizerFiles(vocabulary: readonly string[]): Map<string, string> {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const special = {
    unk_token: '[UNK]',
    sep_token: '[SEP]',
    pad_token: '[PAD]',
    cls_token: '[CLS]',
    mask_token: '[MASK]',
  };
  return new Map([
    ['vocab.txt', `${vocabulary.join('\n')}\n`],
    ['tokenizer.json', json(tokenizerJson(vocabulary))],
    [
      'tokenizer_config.json',
      json({
        tokenizer_class: 'BertTokenizerFast',
        do_lower_case: true,
        strip_accents: false,
        tokenize_chinese_chars: true,
        clean_up_tokenization_spaces: false,
        model_max_length: 512,
        ...special,
      }),
    ],
    ['special_tokens_map.json', json(special)],
  ]);
}
