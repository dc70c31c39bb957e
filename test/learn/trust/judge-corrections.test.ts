// Which corrections are trained and which wait, and for whom: rule by rule.
import { describe, expect, it } from 'vitest';
import { judgeCorrections } from '../../../src/learn/trust/judge-corrections.js';
import { TRUST_DEFAULTS } from '../../../src/learn/trust/settings.js';
import { testimony, type Told } from './testimonies.js';

/** Somebody else moderates there too. */
const SOMEBODY_ELSE: Told = { words: ['park:neutral'] };
const SURE = { reading: 'negative 0.95', baseReading: 'negative 0.93' };

/** `trained`, or why the first one waits and for whom. */
function verdict(told: Told, ...others: Told[]): string {
  const first = testimony(told);
  const judged = judgeCorrections([first, ...others.map(testimony)], TRUST_DEFAULTS);
  const waiting = judged.waiting.find((one) => one.testimony === first);
  if (waiting === undefined) {
    expect(judged.admitted.some((one) => one.testimony === first)).toBe(true);
    return 'trained';
  }
  return `${waiting.reason}, ${waiting.waitsFor ?? 'nobody'}`;
}

describe('a correction by one moderator', () => {
  it.each<[string, Told]>([
    ['agrees with what the models read', { words: ['kim:negative'], ...SURE }],
    ['contradicts models that are not sure', { words: ['kim:positive'], reading: 'negative 0.8' }],
    [
      'contradicts the model in use alone',
      { words: ['kim:positive'], reading: 'negative 0.95', baseReading: 'positive 0.7' },
    ],
    [
      'contradicts the base model alone',
      { words: ['kim:positive'], reading: 'positive 0.6', baseReading: 'negative 0.99' },
    ],
    ['was read by no model', { words: ['kim:positive'] }],
  ])('that %s is trained', (_, told) => {
    expect(verdict(told, SOMEBODY_ELSE)).toBe('trained');
  });

  it.each<[string, Told]>([
    ['two sure models', { words: ['kim:positive'], ...SURE }],
    ['the only model that has read it', { words: ['kim:positive'], reading: 'negative 0.9' }],
    ['three people who agree', { words: ['a:neutral?', 'b:neutral?', 'c:neutral?', 'kim:positive'] }],
    ['both, however often it is said', { words: ['kim:positive!'], ...SURE }],
  ])('that contradicts %s waits for another moderator', (_, told) => {
    expect(verdict(told, SOMEBODY_ELSE)).toBe('evidence, moderator');
  });

  it('waits for nobody where no reading counts as sure', () => {
    const [first, other] = [testimony({ words: ['kim:positive'], ...SURE }), testimony(SOMEBODY_ELSE)];
    const { admitted } = judgeCorrections([first, other], { ...TRUST_DEFAULTS, certain: 1 });
    expect(admitted.map((one) => one.testimony)).toContain(first);
  });

  it('waits for their own confirmation where nobody else moderates', () => {
    const elsewhere: Told = { words: ['park:neutral'], communityId: 'away' };
    expect(verdict({ words: ['kim:positive'], ...SURE }, elsewhere)).toBe('evidence, author');
    expect(verdict({ words: ['kim:positive!'], ...SURE }, elsewhere)).toBe('trained');
  });
});

describe('words of several moderators', () => {
  it('who agree are trained against every model', () => {
    expect(verdict({ words: ['kim:positive', 'park:positive'], ...SURE })).toBe('trained');
  });

  it.each<[string, string[]]>([
    ['one against one', ['kim:positive', 'park:negative']],
    ['one who wants it forgotten', ['kim:positive', 'lee:positive', 'park:', 'kim:positive']],
  ])('%s wait for a further one', (_, words) => {
    expect(verdict({ words })).toBe('disagreement, moderator');
  });

  it('two against one are trained as the two say', () => {
    expect(verdict({ words: ['park:negative', 'kim:positive', 'lee:positive'] })).toBe('trained');
    expect(verdict({ words: ['kim:positive', 'lee:positive', 'park:negative'] })).toBe(
      'disagreement, moderator',
    );
  });

  it('about the same text in several messages count together', () => {
    const first: Told = { words: ['kim:positive'], text: 'So what?' };
    expect(verdict(first, { words: ['park:negative'], text: 'so  what?' })).toBe('disagreement, moderator');
    expect(verdict({ ...first, ...SURE }, { words: ['park:positive'], text: 'so what?' })).toBe('trained');
  });
});

describe('people who are no moderators', () => {
  const words = ['a:positive?', 'b:positive?', 'c:positive?'];

  it('are trained from together, and wait for a moderator against sure models', () => {
    expect(verdict({ words })).toBe('trained');
    expect(verdict({ words, ...SURE })).toBe('evidence, moderator');
    expect(verdict({ words: [...words, 'kim:positive'], reading: 'negative 0.7' })).toBe('trained');
  });
});

describe('a moderator who is known to be wrong mostly', () => {
  /** Others disagree about all of it. */
  const disputed: Told[] = Array.from({ length: 12 }, (_, index) => ({
    words: ['mean:negative', `${['park', 'lee', 'kim'][index % 3] ?? ''}:positive`],
  }));
  const agreed: Told[] = Array.from({ length: 6 }, () => ({ words: ['park:neutral', 'lee:neutral'] }));

  it('trains nothing alone any more, what was said before included', () => {
    expect(verdict({ words: ['mean:positive'] }, ...disputed.slice(0, 1), ...agreed)).toBe('trained');
    expect(verdict({ words: ['mean:positive'] }, ...disputed, ...agreed)).toBe('author, moderator');
    expect(verdict({ words: ['park:positive'] }, ...disputed, ...agreed)).toBe('trained');
  });

  it('is not taken for reliable for agreeing with what others said first', () => {
    const cover: Told[] = Array.from({ length: 30 }, () => ({ words: ['park:neutral', 'mean:neutral'] }));
    expect(verdict({ words: ['mean:positive'] }, ...disputed, ...agreed, ...cover)).toBe('author, moderator');
  });

  it('does not outweigh one who is right mostly', () => {
    expect(verdict({ words: ['mean:negative', 'park:positive'] }, ...disputed, ...agreed)).toBe('trained');
  });

  it('is found by probes where nobody else speaks, and is asked to confirm what they say', () => {
    const probes = Array.from({ length: 12 }, (_, index): Told => {
      return { words: ['mean:negative'], knownLabel: 'positive', text: `probe ${index}` };
    });
    expect(verdict({ words: ['mean:positive'] }, ...probes)).toBe('author, author');
    const right = probes.map((probe) => ({ ...probe, words: ['mean:positive'] }));
    expect(verdict({ words: ['mean:positive'] }, ...right)).toBe('trained');
  });

  it('has a reliability with bounds around it, which get nearer with every label', () => {
    const few = judgeCorrections(disputed.slice(0, 3).map(testimony), TRUST_DEFAULTS).people;
    const many = judgeCorrections([...disputed, ...agreed].map(testimony), TRUST_DEFAULTS).people;
    const [before, after] = [few.get('mean'), many.get('mean')];
    for (const found of [before, after]) {
      expect(found?.lower).toBeLessThan(found?.estimate ?? 0);
      expect(found?.upper).toBeGreaterThan(found?.estimate ?? 1);
    }
    expect((after?.upper ?? 1) - (after?.lower ?? 0)).toBeLessThan(
      (before?.upper ?? 1) - (before?.lower ?? 0),
    );
    expect(after?.upper).toBeLessThan(TRUST_DEFAULTS.unreliableBelow);
    expect(before?.upper).toBeGreaterThan(TRUST_DEFAULTS.unreliableBelow);
    expect(after?.comparable).toBe(12);
  });
});
