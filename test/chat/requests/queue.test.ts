// The review queue, one message at a time, and the buttons that label.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChatAnswer } from '../../../src/chat/requests.js';
import { createConversation } from '../../../src/chat/conversation.js';
import type { Person } from '../../../src/chat/settings.js';
import type { Label } from '../../../src/labels.js';
import { createTrust } from '../../../src/learn/trust/trust.js';
import { SILENT_LOGGER } from '../../../src/log.js';
import { readingAs } from '../../fakes/sentiment.js';
import { MODERATOR, SOMEBODY, startRequestBench, type Asked, type RequestBench } from './bench.js';

let bench: RequestBench;
beforeEach(async () => {
  bench = await startRequestBench();
  bench.sentiment.swap('nunchi-1', (text) => readingAs('negative', Number(text.slice(-2)) / 100));
});
afterEach(() => bench.stop());

/** Their last two digits are how sure the model is. */
const TEXTS = ['a 41', 'b 52', 'c 63'];
const sayAll = async () => {
  for (const text of TEXTS) await bench.say(text, text);
};
const queue = () => bench.ask({ type: 'queue', person: MODERATOR });
const press = (buttonId: string, change: Partial<Asked> = {}) =>
  bench.ask({ person: MODERATOR, ...change, type: 'button', buttonId });
/** By the text of the button. */
function idOf(answer: ChatAnswer, text: string): string {
  const button = answer.buttons?.flat().find((one) => one.text === text);
  if (button === undefined) throw new Error(`no button ${text}`);
  return button.id;
}
const shown = ({ text }: ChatAnswer) => TEXTS.find((one) => text.includes(one));
const idOfText = async (text: string) => (await bench.find(text))?.id ?? '';

describe('the queue', () => {
  it('shows the least certain first: text, reading, how sure, and the buttons', async () => {
    await sayAll();
    const answer = await queue();
    expect(answer.private).toBe(true);
    expect(answer.text).toBe('How should this message be read?\n“a 41”\nI read it as negative (41%).');
    const [row = []] = answer.buttons ?? [];
    expect(row.map(({ emoji, text }) => `${emoji ?? ''}${text}`)).toEqual([
      '🟢Positive',
      '⚪Neutral',
      '🔴Negative',
      '❌Forget',
      'Skip',
    ]);
    for (const { id } of row) expect(id.length).toBeLessThanOrEqual(100);
  });

  it('says what is not sure by the measure of the community', async () => {
    await sayAll();
    await bench.settings.change('fake', 'home', { threshold: 0.5 });
    expect((await queue()).text).toContain('negative (41%, not sure)');
  });

  it('that is empty says so kindly', async () => {
    expect(await queue()).toEqual({ text: 'There is nothing to review. Thank you!', private: true });
  });

  it('shortens a long message', async () => {
    await bench.say('long', `${'가'.repeat(3000)} 41`);
    expect((await queue()).text.length).toBeLessThan(1200);
  });

  it('is of one community', async () => {
    await sayAll();
    const away = await bench.ask({ type: 'queue', person: MODERATOR, communityId: 'away' });
    expect(away.text).toContain('nothing to review');
  });

  it.each([
    ['Positive', 'positive', 'Recorded as positive. I will learn it in the next training.\n\nHow should'],
    [
      'Forget',
      null,
      'I forget how I read this message: it counts in no report, and I learn nothing from it.\n\n',
    ],
  ] as const)('%s records and goes on in the same place', async (button, label, text) => {
    await sayAll();
    const next = await press(idOf(await queue(), button));
    expect(await bench.labelOf(await idOfText('a 41'))).toBe(label);
    expect(next).toMatchObject({ private: true, replace: true });
    expect(next.text.startsWith(text)).toBe(true);
    expect(shown(next)).toBe('b 52');
  });

  it('skips without going round in circles, and shows what was skipped the next time', async () => {
    await sayAll();
    let answer = await queue();
    const seen = [shown(answer)];
    answer = await press(idOf(answer, 'Skip'));
    seen.push(shown(answer));
    answer = await press(idOf(answer, 'Neutral'));
    seen.push(shown(answer));
    expect(seen).toEqual(TEXTS);
    answer = await press(idOf(answer, 'Skip'));
    expect(answer).toEqual({
      text: 'That is all for now. What you skipped comes again the next time.',
      private: true,
      replace: true,
    });
    expect(shown(await queue())).toBe('a 41');
  });

  it('passes over a message on which moderators go on disagreeing', async () => {
    await sayAll();
    const disputed = {
      messageId: await idOfText('c 63'),
      platform: 'fake',
      moderator: true,
      action: 'added',
    };
    const words: [string, Label][] = [
      ['mod2', 'negative'],
      ['mod3', 'positive'],
    ];
    for (const [personId, label] of words) {
      await bench.store.feedback.record({ ...disputed, action: 'added', personId, label, emoji: label });
    }
    const answer = await queue();
    expect(answer.text).toContain(
      'I read it as negative (63%).\nModerators disagree about it; for now it stands as positive.',
    );
    const next = await press(idOf(answer, 'Negative'));
    expect(await bench.labelOf(disputed.messageId)).toBe('negative');
    expect(shown(next)).toBe('a 41');
    expect(shown(await press(idOf(next, 'Skip')))).toBe('b 52');
  });

  it('of a message that was erased meanwhile goes on', async () => {
    await sayAll();
    const answer = await queue();
    await bench.store.messages.eraseText(await idOfText('a 41'));
    const next = await press(idOf(answer, 'Positive'));
    expect(next.text).toContain('erased already');
    expect(shown(next)).toBe('b 52');
  });

  it('labels nothing of another community, and nothing for others than moderators', async () => {
    await sayAll();
    const button = idOf(await queue(), 'Positive');
    expect((await press(button, { communityId: 'away' })).text).toContain('cannot find that message');
    expect((await press(button, { platform: 'other' })).text).toContain('cannot find that message');
    expect((await press(button, { person: SOMEBODY })).text).toMatch(/^Only moderators/u);
    expect(await bench.labelOf(await idOfText('a 41'))).toBeUndefined();
  });
});

describe('corrections that wait', () => {
  const OTHER: Person = { id: 'mod2', roleIds: [], moderates: true };
  /** With the trust filter, over what was said so far. */
  function weighed() {
    const trust = createTrust({
      ...{ store: bench.store, base: { version: 'base', directory: '' } },
      settings: { checkEvery: 0 },
    });
    const { store, sentiment, settings } = bench;
    const conversation = createConversation({ store, sentiment, settings, trust, logger: SILENT_LOGGER });
    const answer = bench.requests({ trust, conversation });
    return (request: Asked) => answer(bench.full({ person: MODERATOR, ...request }));
  }
  const correct = (person: Person, label: Label, messageId: string) =>
    bench.store.feedback.record({
      ...{ messageId, platform: 'fake', personId: person.id, moderator: true },
      ...{ emoji: label, label, action: 'added' },
    });
  beforeEach(async () => {
    await sayAll();
    await bench.say('sure 97', 'sure 97');
  });

  it('come first to a second moderator, who is not told what the first one said', async () => {
    await correct(OTHER, 'negative', await idOfText('c 63'));
    await correct(MODERATOR, 'positive', await idOfText('sure 97'));
    const ask = weighed();
    expect(shown(await ask({ type: 'queue' }))).toBe('a 41');
    const answer = await ask({ type: 'queue', person: OTHER });
    expect(answer.text).toBe(
      'How should this message be read?\nThis one was corrected; before I learn it I need the opinion of a second moderator.\n“sure 97”\nI read it as negative (97%).',
    );
    const next = await ask({ type: 'button', person: OTHER, buttonId: idOf(answer, 'Positive') });
    expect(next.text.startsWith('Recorded as positive. I will learn it in the next training.\n\n')).toBe(
      true,
    );
    expect(shown(next)).toBe('a 41');
  });

  it('come before a message on which moderators now disagree, which is not asked again of one who has spoken', async () => {
    await correct(MODERATOR, 'positive', await idOfText('sure 97'));
    await correct(MODERATOR, 'positive', await idOfText('c 63'));
    const ask = weighed();
    const label = async (answer: ChatAnswer, name: string) =>
      ask({ type: 'button', person: OTHER, buttonId: idOf(answer, name) });
    const c = `queue:label:${await idOfText('c 63')}:negative:0`;
    const second = await ask({ type: 'button', person: OTHER, buttonId: c });
    expect(second.text).toContain('“sure 97”');
    const third = await label(second, 'Positive');
    expect(shown(third)).toBe('a 41');
    const fourth = await label(third, 'Neutral');
    expect(shown(fourth)).toBe('b 52');
  });

  it('ask the only moderator whether they are sure', async () => {
    const ask = weighed();
    const messageId = await idOfText('sure 97');
    const first = await ask({ type: 'button', buttonId: `ask:${messageId}:positive` });
    expect(first.text).toBe(
      'Recorded as positive. It is far from what I read, so before I learn it I ask you once more in the review queue.',
    );
    const answer = await ask({ type: 'queue' });
    expect(answer.text).toContain('You corrected this to positive, which is far from what I read');
    const again = await ask({ type: 'button', buttonId: idOf(answer, 'Positive') });
    expect(again.text.startsWith('Recorded as positive. I will learn it in the next training.')).toBe(true);
    expect(shown(again)).toBe('a 41');
  });

  it('say so to whoever gave them, where a second one is needed', async () => {
    await correct(OTHER, 'negative', await idOfText('c 63'));
    const buttonId = `ask:${await idOfText('sure 97')}:positive`;
    const answer = await weighed()({ type: 'button', buttonId });
    expect(answer.text).toBe(
      'Recorded as positive. Before I learn it, a second moderator should look at it.',
    );
  });

  it('are said in Korean too', async () => {
    await correct(MODERATOR, 'positive', await idOfText('sure 97'));
    const answer = await weighed()({ type: 'queue', language: 'ko' });
    expect(answer.text).toContain('「긍정」으로 바로잡아 주셨는데 제가 읽은 것과 많이 달라서');
    await correct(OTHER, 'negative', await idOfText('c 63'));
    const other = await weighed()({ type: 'queue', language: 'ko', person: OTHER });
    expect(other.text).toContain('배우기 전에 다른 운영진의 의견이 하나 더 필요해요.');
  });
});

describe('the answer to "which would be right?"', () => {
  const ask = async (label: string, person = MODERATOR) =>
    press(`ask:${await idOfText('a 41')}:${label}`, { person });

  it('of a moderator is recorded and takes the place of the question', async () => {
    await sayAll();
    expect(await ask('positive')).toEqual({
      text: 'Recorded as positive. I will learn it in the next training.',
      private: true,
      replace: true,
    });
    expect(await bench.labelOf(await idOfText('a 41'))).toBe('positive');
  });

  it('of others is noted and leaves the question open', async () => {
    await sayAll();
    expect(await ask('positive', SOMEBODY)).toEqual({
      text: expect.stringContaining('is noted') as string,
      private: true,
      replace: false,
    });
    expect((await bench.store.people.dataOf('fake', SOMEBODY.id)).feedback).toMatchObject([
      { label: 'positive' },
    ]);
  });
});
