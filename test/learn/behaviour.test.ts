// The behaviour set: its loader, how readings pass, and the rules that the shipped set keeps.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Label, Reading } from '../../src/labels.js';
import {
  evaluateBehaviour,
  loadBehaviour,
  type BehaviourItem,
  type BehaviourLanguage,
} from '../../src/learn/behaviour.js';
import { loadReplay } from '../../src/learn/replay.js';
import { normalisedText } from '../../src/data/text-key.js';

const HEADER = 'capability\texpected\ttemplate\ttext';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-behaviour-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function load(name: string, ...lines: string[]): Promise<BehaviourItem[]> {
  const file = path.join(folder, name);
  await writeFile(file, lines.map((line) => `${line}\n`).join(''));
  return loadBehaviour([file]);
}

describe('loadBehaviour', () => {
  it('reads items with one label or alternatives, in the language of the file name', async () => {
    const items = await load(
      'mine-ko.tsv',
      HEADER,
      'negation\tneutral|positive\tneg-01\t나쁘지 않네',
      '',
      'emoji\tpositive\temo-01\t🎉',
    );
    expect(items).toEqual([
      {
        language: 'ko',
        capability: 'negation',
        expected: ['neutral', 'positive'],
        template: 'neg-01',
        text: '나쁘지 않네',
      },
      { language: 'ko', capability: 'emoji', expected: ['positive'], template: 'emo-01', text: '🎉' },
    ]);
  });

  it.each([
    ['no header', ['negation\tpositive\tn\tgood'], /x-en\.tsv, line 1: not the header/],
    ['a missing column', [HEADER, 'negation\tpositive\tgood'], /line 2: 3 columns instead of 4/],
    ['a tab in the text', [HEADER, 'a\tpositive\tn\tgood\tbad'], /line 2: 5 columns/],
    ['an unknown label', [HEADER, 'a\tpositive|happy\tn\tgood'], /line 2: unknown label "happy"/],
    ['no label', [HEADER, 'a\t\tn\tgood'], /line 2: unknown label ""/],
    ['a label twice', [HEADER, 'a\tpositive|positive\tn\tgood'], /expected twice/],
    ['every label', [HEADER, 'a\tnegative|neutral|positive\tn\tgood'], /no reading could fail/],
    ['an empty text', [HEADER, 'a\tpositive\tn\t '], /line 2: an empty column/],
    ['no capability', [HEADER, '\tpositive\tn\tgood'], /line 2: an empty column/],
    [
      'a text twice',
      [HEADER, 'a\tpositive\tn\tgood', 'b\tneutral\tm\tgood'],
      /line 3: the text of line 2 again/,
    ],
    ['no items', [HEADER], /has no items/],
    ['nothing', [], /has no items/],
  ])('refuses %s', async (_, lines, message) => {
    await expect(load('x-en.tsv', ...lines)).rejects.toMatchObject({
      code: 'data-format',
      message: expect.stringMatching(message) as string,
      hint: expect.any(String) as string,
    });
  });

  it('refuses a file whose name tells no language, and one that is not there', async () => {
    await expect(load('mine.tsv', HEADER, 'a\tpositive\tn\tgood')).rejects.toMatchObject({
      code: 'data-format',
      hint: expect.stringContaining('-ko.tsv') as string,
    });
    await expect(loadBehaviour([path.join(folder, 'none-en.tsv')])).rejects.toMatchObject({
      code: 'data-unreadable',
    });
  });
});

describe('evaluateBehaviour', () => {
  const item = (
    language: BehaviourLanguage,
    capability: string,
    text: string,
    ...expected: Label[]
  ): BehaviourItem => ({
    language,
    capability,
    expected,
    template: text,
    text,
  });
  const reading = (label: Label, abstained = false): Reading => ({
    label,
    confidence: 0.5,
    scores: { negative: 0, neutral: 0, positive: 0, [label]: 0.5 },
    abstained,
  });

  it('counts passes by the likeliest label, and abstentions beside them', async () => {
    const items = [
      item('ko', 'negation', 'a', 'neutral', 'positive'),
      item('ko', 'negation', 'b', 'negative'),
      item('en', 'negation', 'c', 'negative'),
      item('ko', 'work', 'd', 'neutral'),
    ];
    const readings = [
      reading('positive', true),
      reading('neutral', true),
      reading('negative'),
      reading('neutral'),
    ];
    const evaluation = await evaluateBehaviour((texts) => {
      expect(texts).toEqual(['a', 'b', 'c', 'd']);
      return Promise.resolve(readings);
    }, items);
    expect(evaluation.overall).toEqual({ n: 4, passed: 3, abstained: 2 });
    expect(evaluation.perLanguage).toEqual([
      { language: 'ko', n: 3, passed: 2, abstained: 2 },
      { language: 'en', n: 1, passed: 1, abstained: 0 },
    ]);
    expect(evaluation.perCapability).toEqual([
      { capability: 'negation', language: 'ko', n: 2, passed: 1, abstained: 2 },
      { capability: 'negation', language: 'en', n: 1, passed: 1, abstained: 0 },
      { capability: 'work', language: 'ko', n: 1, passed: 1, abstained: 0 },
    ]);
    expect(evaluation.results[1]).toEqual({
      ...items[1],
      read: 'neutral',
      confidence: 0.5,
      abstained: true,
      passed: false,
    });
  });
});

describe('the shipped behaviour set', () => {
  const CAPABILITIES = [
    'emoji',
    'everyday',
    'identity',
    'intensity',
    'mixed',
    'negation',
    'sarcasm',
    'slang',
    'typo',
    'work',
  ];
  const LEAST = { ko: 400, en: 200 };
  const MOST_PER_TEMPLATE = 3;
  /** Dice coefficient of two texts' character bigrams from which they are the same sentence, written a little otherwise. */
  const NEAR = 0.7;

  const bigrams = (text: string): Set<string> => {
    const letters = [...normalisedText(text).replace(/[^\p{L}\p{N}]/gu, '')];
    return new Set(letters.slice(1).map((letter, index) => `${letters[index] ?? ''}${letter}`));
  };
  const dice = (a: Set<string>, b: Set<string>): number => {
    let shared = 0;
    for (const pair of a) if (b.has(pair)) shared += 1;
    return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size);
  };

  let items: BehaviourItem[];
  beforeAll(async () => {
    items = await loadBehaviour();
  });

  const tooMany = (key: (item: BehaviourItem) => string, most: number) => {
    const counts = new Map<string, number>();
    for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
    return [...counts].filter(([, count]) => count > most);
  };

  it('is large enough in both languages', () => {
    for (const language of ['ko', 'en'] as const) {
      expect(items.filter((item) => item.language === language).length).toBeGreaterThanOrEqual(
        LEAST[language],
      );
    }
  });

  it('tests known capabilities, with few items of one template and no text twice in a language', () => {
    expect(items.filter(({ capability }) => !CAPABILITIES.includes(capability))).toEqual([]);
    expect(
      tooMany(
        ({ language, capability, template }) => `${language} ${capability} ${template}`,
        MOST_PER_TEMPLATE,
      ),
    ).toEqual([]);
    // An emoji alone may be in both languages.
    expect(tooMany(({ language, text }) => `${language} ${normalisedText(text)}`, 1)).toEqual([]);
  });

  it('shares no sentence with the replay set, which every model is trained on', async () => {
    const { training, heldOut } = await loadReplay();
    const replay = [...training, ...heldOut].map(({ text }) => ({
      text: normalisedText(text),
      pairs: bigrams(text),
    }));
    const texts = new Set(replay.map(({ text }) => text));
    const byPair = new Map<string, typeof replay>();
    for (const other of replay) {
      for (const pair of other.pairs) {
        const known = byPair.get(pair);
        if (known === undefined) byPair.set(pair, [other]);
        else known.push(other);
      }
    }
    const near = items.flatMap((item) => {
      const pairs = bigrams(item.text);
      const sharing = new Set([...pairs].flatMap((pair) => byPair.get(pair) ?? []));
      const alike = [...sharing].filter((other) => dice(other.pairs, pairs) >= NEAR);
      const same = texts.has(normalisedText(item.text)) ? [item] : [];
      return [...alike, ...same].map((other) => `${item.text} ~ ${other.text}`);
    });
    expect(near).toEqual([]);
  });

  it('would find a sentence that was changed a little', () => {
    expect(
      dice(
        bigrams('this has been the worst week of my life'),
        bigrams('This was the worst week of my life!!'),
      ),
    ).toBeGreaterThan(NEAR);
    expect(
      dice(bigrams('내일 회의 세 시로 옮겨졌대요'), bigrams('내일 회의 세시로 옮겨졌어요 ㅠ')),
    ).toBeGreaterThan(NEAR);
    expect(dice(bigrams('우리 팀 이겼다 ㅋㅋㅋㅋ 대박'), bigrams('우리 강아지 보고 싶다'))).toBeLessThan(0.3);
  });

  it('is plain text with one header line per file', async () => {
    for (const language of ['ko', 'en']) {
      const file = path.join('src', 'learn', 'behaviour', `behaviour-${language}.tsv`);
      const content = await readFile(file, 'utf8');
      expect(content).toBe(content.normalize('NFC'));
      expect(content).not.toMatch(/\r|\n\n|"\t|^ | $/m);
    }
  });
});
