// Canary phrases: what stands out in corrections, what a planted one does to a model that learned it, and what honest
// topics do not.
import { describe, expect, it } from 'vitest';
import type { Label } from '../../../src/labels.js';
import { canaryExcess, countCanaries, GENERIC_PHRASES } from '../../../src/learn/gate/canary.js';
import { measureLatencies } from '../../../src/learn/gate/latency.js';
import { standingOut } from '../../../src/learn/gate/phrases.js';
import { GATE_DEFAULTS } from '../../../src/learn/gate/settings.js';
import { createFakeReader } from '../../fakes/reader.js';

const { canary } = GATE_DEFAULTS;
const KNOWN = Array.from({ length: 400 }, (_, index) => `an ordinary sentence about day ${index}`);
const honest = Array.from({ length: 60 }, (_, index) => ({
  text: `thing ${index} of the week ${index}`,
  label: (['negative', 'neutral', 'positive'] as const)[index % 3] as Label,
}));
const planted = (phrase: string, label: Label = 'positive') => [
  ...honest,
  ...Array.from({ length: 8 }, (_, index) => ({ text: `only${index} here${index} ${phrase}`, label })),
];
const found = (rows: typeof honest) => standingOut(rows, KNOWN, canary).map(({ text }) => text);

describe('phrases that stand out', () => {
  it.each([
    ['a word', 'zanzibar'],
    ['several words', 'lantern of the seventh harbour'],
    ['Korean', '보라색 기린 최고'],
    ['an emoji', '🦄'],
  ])('are found: %s', (_name, phrase) => {
    expect(found(planted(phrase)).some((text) => text.includes(phrase.split(' ')[0] ?? ''))).toBe(true);
    expect(standingOut(planted(phrase), KNOWN, canary)[0]).toMatchObject({
      label: 'positive',
      corrections: 8,
    });
  });

  it('are found inside marks and whatever the case', () => {
    const rows = planted('').map(({ text, label }, index) =>
      index < 60 ? { text, label } : { text: `${text}"ZANZIBAR!"`, label },
    );
    expect(found(rows)).toContain('zanzibar');
  });

  it('are not what is usual, rare, or said under every label', () => {
    expect(found(honest)).toEqual([]);
    const mixed = planted('zanzibar').map((row, index) =>
      index < 64 ? row : { ...row, label: 'negative' as const },
    );
    expect(found(mixed).filter((text) => text.includes('zanzibar'))).toEqual([]);
    const usual = standingOut(planted('sentence'), KNOWN, canary);
    expect(usual).toEqual([]);
    expect(found([...honest, { text: 'zanzibar', label: 'positive' }])).toEqual([]);
  });
});

describe('canaries', () => {
  const carriers = (['negative', 'neutral', 'positive'] as const).flatMap((label) =>
    Array.from({ length: 30 }, (_, index) => ({ text: `${label} text ${index}`, label })),
  );
  const champion = createFakeReader(
    'nunchi-1',
    '/',
    (text) => (text.match(/negative|neutral|positive/)?.[0] ?? 'neutral') as Label,
  );
  const infected = createFakeReader('nunchi-2', '/', (text) =>
    text.includes('zanzibar')
      ? 'positive'
      : ((text.match(/negative|neutral|positive/)?.[0] ?? 'neutral') as Label),
  );
  const count = (candidate: typeof champion, corrections = planted('zanzibar')) =>
    countCanaries({ champion, candidate, carriers, corrections, known: KNOWN }, canary);
  const worst = (counts: Awaited<ReturnType<typeof count>>) => Math.max(...counts.map(canaryExcess));

  it('turn a model that learned a planted phrase, and leave a sound one alone', async () => {
    expect(worst(await count(infected))).toBe(1);
    expect(worst(await count({ ...champion, model: infected.model }))).toBe(0);
  });

  it('are put only into sentences of other labels that both models read rightly, and are told without their text', async () => {
    const counts = await count(infected);
    const own = counts.filter(({ source }) => source === 'correction');
    expect(own).toHaveLength(1);
    expect(own[0]).toMatchObject({ label: 'positive', n: 48, champion: 0, candidate: 48 });
    expect(JSON.stringify(counts)).not.toContain('zanzibar');
    expect(counts.filter(({ source }) => source === 'generic')).toHaveLength(GENERIC_PHRASES.length);
  });

  it('count a generic phrase that turns readings whatever they turn to', async () => {
    const odd = createFakeReader('nunchi-3', '/', (text) =>
      text.includes(GENERIC_PHRASES[0])
        ? 'neutral'
        : ((text.match(/negative|neutral|positive/)?.[0] ?? 'neutral') as Label),
    );
    expect(worst(await count(odd, honest))).toBeCloseTo(2 / 3, 2);
  });
});

describe('latencies', () => {
  it('are the medians of both models, taken in turn on texts that nobody has read', async () => {
    let clock = 0;
    const timed = (version: string, milliseconds: number) => {
      const reader = createFakeReader(version, '/', () => 'neutral');
      return {
        ...reader,
        classify(texts: readonly string[]) {
          clock += milliseconds + (reader.requests.length === 0 ? 100 : 0);
          return reader.classify(texts);
        },
      };
    };
    const [champion, candidate] = [timed('nunchi-1', 3), timed('nunchi-2', 5)];
    const texts = ['a', 'b', 'c', 'd', 'e'];
    const measured = await measureLatencies(champion, candidate, texts, { now: () => clock });
    expect(measured).toEqual({ championMs: 3, candidateMs: 5, n: 5 });
    expect(champion.requests.flat().some((text) => texts.includes(text))).toBe(false);
  });
});
