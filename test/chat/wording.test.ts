// What Nunchi says: in the message's language, with the reading's own figures, the same for the same message.
import { describe, expect, it } from 'vitest';
import { commandIn } from '../../src/chat/commands.js';
import { distressIn } from '../../src/chat/distress.js';
import { languageOf } from '../../src/chat/language.js';
import { sayKindWord, sayModel, sayReading, sayWhy } from '../../src/chat/wording.js';
import { LABELS } from '../../src/labels.js';
import { readingAs } from '../fakes/sentiment.js';

const IDS = Array.from({ length: 60 }, (_, index) => `message-${index}`);

describe('the language of the answer', () => {
  it.each([
    ['안녕', 'en', 'ko'],
    ['ㅋㅋㅋ', 'en', 'ko'],
    ['hello 안녕', 'en', 'ko'],
    ['hello', 'ko', 'en'],
    ['😀 123', 'ko', 'ko'],
    ['😀 123', 'en', 'en'],
  ] as const)('%s on a page in %s is answered in %s', (text, page, expected) => {
    expect(languageOf(text, page)).toBe(expected);
  });
});

describe('the wording of a reading', () => {
  it.each(['ko', 'en'] as const)('names the figure of the reading in %s', (language) => {
    for (const label of LABELS) {
      for (const id of IDS) expect(sayReading(readingAs(label, 0.734), language, id)).toContain('73');
    }
  });

  it('varies with the message and is the same for the same message', () => {
    const said = IDS.map((id) => sayReading(readingAs('positive', 0.9), 'ko', id));
    expect(new Set(said).size).toBe(3);
    expect(IDS.map((id) => sayReading(readingAs('positive', 0.9), 'ko', id))).toEqual(said);
  });

  it('claims no certainty', () => {
    expect(sayReading(readingAs('positive', 0.9999), 'en', 'a')).toContain('99%');
  });

  it('says that it is not sure, and why', () => {
    const unsure = sayReading(readingAs('negative', 0.41, 'low-confidence'), 'en', 'a');
    const unknown = sayReading(readingAs('negative', 0.41, 'unknown-text'), 'en', 'a');
    const empty = sayReading(readingAs('neutral', 0.41, 'empty'), 'en', 'a');
    expect(unsure).toMatch(/negative.*41%/);
    expect(unknown).not.toContain('41');
    expect(empty).toMatch(/nothing/i);
  });

  it('tells of the model in use', () => {
    const facts = { version: 'nunchi-1a2b3c4d', engine: 'onnxruntime', pendingCorrections: 3 };
    expect(sayModel(facts, 'ko')).toMatch(/nunchi-1a2b3c4d.*onnxruntime.*3개/);
    expect(sayModel({ ...facts, pendingCorrections: null }, 'en')).not.toContain('correction');
  });
});

describe('the wording of a reason', () => {
  const weigh = (...words: [string, number][]) => ({
    model: 'nunchi-1a2b3c4d',
    label: 'negative' as const,
    rival: 'positive' as const,
    words: words.map(([word, weight]) => ({ word, weight })),
  });

  it('names the heaviest words of each side, a repeated word once, no punctuation and no trifles', () => {
    const words = weigh(
      ['너무', 0.3],
      ['!', 5],
      ['좋은데', -0.9],
      ['지루해', 1],
      ['지루해', 1],
      ['그', 0.05],
    );
    expect(sayWhy(words, 'ko')).toBe(
      '「지루해」 같은 말 때문에 부정 쪽으로 읽었어요. 「좋은데」 같은 말은 오히려 긍정 쪽으로 당겼어요.',
    );
    const several = weigh(['so', 1], ['very', 2], ['bad', 3], ['film', 0.9]);
    expect(sayWhy(several, 'en')).toBe('Mostly “bad”, “very” and “so” made me read it as negative.');
    expect(sayWhy(several, 'en', true)).toBe(
      'I am not sure. Mostly “bad”, “very” and “so” made me lean towards negative.',
    );
    expect(sayWhy(several, 'ko', true)).toBe(
      '확신은 없어요. 「bad」, 「very」, 「so」 같은 말 때문에 부정 쪽에 더 가까워 보였어요.',
    );
  });

  it('blames no word where none speaks for the reading', () => {
    expect(sayWhy(weigh(['hm', -1]), 'en')).toBe(
      'No single word made it; the whole leans towards negative. On the other hand, “hm” pulled towards positive.',
    );
    expect(sayWhy(weigh(), 'ko')).toContain('전체가 부정 쪽으로');
  });
});

describe('what is no message to read', () => {
  it.each(['why', 'Why?', '왜', '왜?', '왜요?', '왜 그렇게 읽었어?', '왜 그렇게 생각해요??', 'How come?'])(
    '%s asks for the reason',
    (text) => {
      expect(commandIn(text)).toBe('why');
    },
  );

  it.each(['help', '/help', 'HELP', 'help?', '도움말', ' 도움말 '])('%s asks for help', (text) => {
    expect(commandIn(text)).toBe('help');
  });
  it.each(['/nunchi', ' /nunchi report day all channels', '/눈치 도움말'])(
    '%s, typed as a message, too',
    (text) => {
      expect(commandIn(text)).toBe('help');
    },
  );
  it.each(['/nunchi model', '/눈치 모델', 'model', '/model', 'model?', '모델', '모델?'])(
    '%s asks for the model',
    (text) => {
      expect(commandIn(text)).toBe('model');
    },
  );
  it.each([
    'help me please',
    '/nunchis are here',
    '왜 이렇게 늦어?',
    'why not',
    '모델 예쁘다',
    'constructor',
    '',
  ])('%s is an ordinary message', (text) => {
    expect(commandIn(text)).toBeNull();
  });

  it.each([
    '죽고 싶어요',
    '그만 살고 싶다',
    '자해했어',
    'I want to die',
    'i don’t want to live',
    'thinking of killing myself',
  ])('%s is met with care', (text) => {
    expect(distressIn(text)).toBe('self-harm');
    expect(sayKindWord('self-harm', languageOf(text, 'en')).length).toBeGreaterThan(30);
  });
  it.each(['할머니가 돌아가셨어', 'my dog died', 'My dad passed away'])('%s is grief', (text) => {
    expect(distressIn(text)).toBe('grief');
  });
  it.each([
    '자살 소재 영화인데 지루했다',
    'this movie is to die for',
    '배고프다',
    'the villain died',
    '웃겨 죽는 줄',
  ])('%s is an ordinary message', (text) => {
    expect(distressIn(text)).toBeNull();
  });
});
