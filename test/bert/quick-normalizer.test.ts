// The shortened normalizer against the library's own, on texts of every kind that a rule touches.
import { describe, expect, it, vi } from 'vitest';
import { skipIdleRules, type NormalizerRule } from '../../src/bert/quick-normalizer.js';
import { buildTokenizerFiles } from '../../src/bert/tokenizer-files.js';
import { openTokenizerLibrary } from '../../src/bert/tokenizer-library.js';
import { tinyVocabulary } from '../fixtures/tiny-model.js';

const json: unknown = JSON.parse(buildTokenizerFiles(tinyVocabulary()).get('tokenizer.json') ?? '');
const normalizerOf = () => openTokenizerLibrary(json, {}).normalizer;

const TEXTS = [
  ...[
    '',
    '정말 재미있어요',
    'ㅋㅋㅋㅋㅋㅋ',
    '와!!!!!! ㅠㅠㅠㅠ',
    'sooooo GOOOOD',
    '😂😂😂😂😂',
    '👍🏽👍🏽👍🏽👍🏽',
    '❤️❤️❤️❤️',
  ],
  ...[
    'ＡＢＣ　ｄｅｆ！！！！！',
    '‘quoted’ “text”…',
    '〜∼~~~~',
    'ΟΔΟΣ',
    'é e\u0301',
    '漢字',
    '----\\^[]',
    '~\ufe0f~~~',
    'aaa aaaa a',
  ],
];

describe('a normalizer whose idle rules are skipped', () => {
  it.each(TEXTS)('changes %j as all the rules do', (text) => {
    const quick = normalizerOf();
    if (!quick?.normalizers) throw new Error('the normalizer is no sequence');
    quick.normalizers = skipIdleRules(quick.normalizers);
    expect(quick(text)).toBe(normalizerOf()?.(text));
  });

  it('runs few rules on a plain text', () => {
    const rules = normalizerOf()?.normalizers ?? [];
    const run = new Set<NormalizerRule>();
    const counted = rules.map((rule): NormalizerRule => ({
      ...(rule.config === undefined ? {} : { config: rule.config }),
      normalize(text) {
        run.add(rule);
        return rule.normalize(text);
      },
    }));
    skipIdleRules(counted).reduce((text, rule) => rule.normalize(text), '이 영화 정말 great');
    expect(counted.length).toBeGreaterThan(100);
    expect(run.size).toBeLessThan(5);
  });

  it('leaves a look-behind of another kind alone', () => {
    const normalize = vi.fn(() => 'x');
    const rule = (Regex: string) => ({ config: { type: 'Replace', pattern: { Regex } }, normalize });
    for (const regex of ['[ab](?<=aaa|bbb)', '[ab](?<=abab|baba|abababab)', '[a](?<=\\w\\w\\w\\w)', 'aaaa']) {
      expect(skipIdleRules([rule(regex)])[0]?.normalize('plain'), regex).toBe('x');
    }
  });
});
