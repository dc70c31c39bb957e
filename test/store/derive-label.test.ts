// The rules that turn feedback events into a label, as a table.
import { describe, expect, it } from 'vitest';
import { LABELS, type Label } from '../../src/labels.js';
import {
  CHOSEN,
  confirmedBy,
  DEFAULT_QUORUM,
  deriveLabel,
  MODERATORS_ONLY,
  type LabelEvent,
  type LabelPolicy,
} from '../../src/store/derive-label.js';

const EMOJI: Record<string, Label | null> = {
  '🔴': 'negative',
  '⚪': 'neutral',
  '🟢': 'positive',
  '❌': null,
};

/** 'M1+🔴' is moderator M1 adding 🔴, 'a-🟢' person a taking 🟢 back, 'a=🟢' person a choosing it in a dialog. */
function events(script: string): LabelEvent[] {
  return script
    .split(' ')
    .filter(Boolean)
    .map((word, index) => {
      const [, person = '', sign, emoji = ''] = /^(\w+)([-+=])(.+)$/u.exec(word) ?? [];
      return {
        id: `event-${index}`,
        person,
        moderator: person.startsWith('M'),
        emoji: sign === '=' ? CHOSEN : emoji,
        onAnswer: false,
        label: EMOJI[emoji] ?? null,
        action: sign === '-' ? 'removed' : 'added',
        createdAt: new Date(index),
      };
    });
}

const WITH_QUORUM: LabelPolicy = { quorum: DEFAULT_QUORUM };
type Expected = [label: Label | null, eventIndex: number] | 'nothing';

function expectLabel(script: string, policy: LabelPolicy, expected: Expected): void {
  const derived = deriveLabel(events(script), policy);
  if (expected === 'nothing') {
    expect(derived).toBeNull();
  } else {
    const [label, index] = expected;
    expect(derived).toMatchObject({ label, eventId: `event-${index}`, decidedAt: new Date(index) });
  }
}

describe('moderators', () => {
  const cases: [script: string, expected: Expected][] = [
    ['', 'nothing'],
    ['M1+🔴', ['negative', 0]],
    ['M1+🔴 M2+🟢', ['positive', 1]],
    ['M1+🔴 M1+🟢', ['positive', 1]],
    ['M1+🔴 M1+🟢 M1-🟢', ['negative', 0]],
    ['M1+🔴 M2+🟢 M1+🔴', ['positive', 1]],
    ['M1+🔴 M1-🔴', 'nothing'],
    ['M1-🔴', 'nothing'],
    ['M1-🔴 M1+🔴', ['negative', 1]],
    ['M1+🔴 M2-🔴', ['negative', 0]],
    ['M1+🔴 M1-🔴 M1+🔴', ['negative', 2]],
    ['M1+🔴 M2+❌', [null, 1]],
    ['M1+❌ M1-❌', 'nothing'],
    ['M1=🔴', ['negative', 0]],
    ['M1=🔴 M1=🟢', ['positive', 1]],
    ['M1=🔴 M2=🟢 M1=🔴', ['negative', 2]],
    ['M1=🔴 M1+🟢', ['positive', 1]],
    ['M1=🔴 M1+🟢 M1-🟢', ['negative', 0]],
    ['M1=🔴 M1-🔴', ['negative', 0]],
    ['a+🔴 b+🔴 c+🔴', 'nothing'],
    ['M1+🟢 a+🔴 b+🔴 c+🔴', ['positive', 0]],
  ];
  it.each(cases)('%s', (script, expected) => expectLabel(script, MODERATORS_ONLY, expected));
});

describe('a label that is said again', () => {
  it.each<[string, string[]]>([
    ['M1+🔴', []],
    ['M1+🔴 M1+🔴', []],
    ['M1+🔴 M1=🔴', ['M1']],
    ['M1=🔴 M1=🔴', ['M1']],
    ['M1+🔴 M1-🔴 M1+🔴', ['M1']],
    ['M1+🔴 M1+🟢 M1=🔴', []],
    ['M1=🔴 M1=🔴 M1=🟢', []],
    ['M1+🔴 M2=🔴', []],
    ['M1=❌ M1=❌', ['M1']],
  ])('%s', (script, people) => expect([...confirmedBy(events(script))]).toEqual(people));
});

describe('moderators who disagree', () => {
  it.each([
    ['M1+🔴', false],
    ['M1+🔴 M2+🟢', true],
    ['M1+🔴 M2+❌', true],
    ['M1+🔴 M2+🔴', false],
    ['M1+🔴 M1+🟢', false],
    ['M1+🔴 M2+🟢 M2-🟢', false],
    ['M1+🔴 M2+🟢 M1+🟢', false],
    ['M1+🔴 a+🟢', false],
  ])('%s: contested %s', (script, contested) => {
    expect(deriveLabel(events(script), MODERATORS_ONLY)?.contested).toBe(contested);
  });
});

describe('quorum of three, two thirds agreeing', () => {
  const cases: [script: string, expected: Expected][] = [
    ['a+🔴 b+🔴', 'nothing'],
    ['a+🔴 b+🔴 c+🔴', ['negative', 2]],
    ['a+🔴 b+🔴 c+🟢', ['negative', 1]],
    ['a+🔴 b+⚪ c+🟢', 'nothing'],
    ['a+🔴 a+🟢 a+⚪', 'nothing'],
    ['a+🔴 b+🔴 c+🔴 c-🔴', 'nothing'],
    ['a+🔴 b+🔴 c+🟢 d+🟢', 'nothing'],
    ['a+🔴 b+🔴 c+🟢 a+🟢', ['positive', 3]],
    ['a=🔴 b=🔴 c=🟢 a=🟢', ['positive', 3]],
    ['a=🔴 a=🟢 a=🔴 b=🔴 c=🔴', ['negative', 4]],
    ['a+❌ b+❌ c+❌', [null, 2]],
    ['a+🔴 b+🔴 c+🔴 M1+🟢', ['positive', 3]],
    ['a+🔴 b+🔴 c+🔴 M1+🟢 M1-🟢', ['negative', 2]],
  ];
  it.each(cases)('%s', (script, expected) => expectLabel(script, WITH_QUORUM, expected));

  it('counts two thirds exactly at every size', () => {
    const rest = ['🟢', '⚪'];
    for (const people of [3, 6, 9, 12, 30]) {
      const agreeing = (people * 2) / 3;
      const script = (count: number) =>
        Array.from(
          { length: people },
          (_, index) => `p${index}+${index < count ? '🔴' : rest[index % 2]}`,
        ).join(' ');
      expect(deriveLabel(events(script(agreeing)), WITH_QUORUM)?.label).toBe('negative');
      expect(deriveLabel(events(script(agreeing - 1)), WITH_QUORUM)).toBeNull();
    }
  });

  it('decides nothing between halves, whatever agreement is asked', () => {
    const policy: LabelPolicy = { quorum: { people: 2, agreement: 0.5 } };
    expect(deriveLabel(events('a+🔴 b+🟢'), policy)).toBeNull();
  });
});

it('knows every label', () => {
  expect(new Set(Object.values(EMOJI).filter((label) => label !== null))).toEqual(new Set(LABELS));
});
