// `check`, `read` and `why`: what is said, to whom, and what is kept of it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HANGUL, startRequestBench, type RequestBench } from './bench.js';

let bench: RequestBench;
beforeEach(async () => {
  bench = await startRequestBench();
});
afterEach(() => bench.stop());

const history = () => bench.store.messages.history('room', { limit: 10 });

describe('check', () => {
  it('says what it reads, to the person alone, and keeps nothing', async () => {
    const said = await bench.ask({ type: 'check', text: 'positive' });
    expect(said).toEqual({ text: expect.stringMatching(/positive.*87/iu) as string, private: true });
    expect(await history()).toEqual([]);
  });

  it.each([
    ['in the language of the text', '좋아 positive', 'auto', true],
    ['in the language that the community has set', '좋아 positive', 'en', false],
  ] as const)('%s', async (_name, text, language, korean) => {
    await bench.settings.change('fake', 'home', { language });
    expect(HANGUL.test((await bench.ask({ type: 'check', text })).text)).toBe(korean);
  });

  it('is not sure by the measure of the community', async () => {
    await bench.settings.change('fake', 'home', { threshold: 0.9 });
    const { text } = await bench.ask({ type: 'check', text: 'positive' });
    expect(text).toMatch(/not sure|hard to tell|cannot say/iu);
  });

  it('meets distress with a kind word, unread', async () => {
    expect((await bench.ask({ type: 'check', text: '죽고 싶어요' })).text).toContain('109');
    expect(bench.sentiment.seen).toEqual([]);
  });

  it.each(['', '  '])('of nothing (%j) says so', async (text) => {
    expect((await bench.ask({ type: 'check', text })).text).toContain('nothing here to read');
  });

  it('while the model is gone says so', async () => {
    bench.sentiment.failure = new Error('the model is gone');
    expect((await bench.ask({ type: 'check', text: 'positive' })).text).toContain('went wrong');
  });
});

describe('read', () => {
  const read = (messageId: string, text: string) =>
    bench.ask({ type: 'read', message: bench.message(messageId, text) });

  it('keeps and reads the message, and answers the person alone', async () => {
    const said = await read('1', 'negative');
    expect(said).toEqual({ text: expect.stringMatching(/negative.*87/iu) as string, private: true });
    expect(await history()).toMatchObject([{ externalId: '1', author: 'person', text: 'negative' }]);
    expect(bench.platform.replies).toEqual([]);
  });

  it('again does not read again', async () => {
    await read('1', 'negative');
    await read('1', 'negative');
    expect(bench.sentiment.seen).toEqual(['negative']);
  });

  it('of somebody who asked to be left out neither reads nor keeps', async () => {
    await bench.store.people.leaveOut('fake', 'kim', true);
    for (const type of ['read', 'why', 'correct'] as const) {
      const said = await bench.ask({ type, message: bench.message('1', 'negative') });
      expect(said).toEqual({ text: expect.stringContaining('left out') as string, private: true });
    }
    expect([await history(), bench.sentiment.seen]).toEqual([[], []]);
  });

  it('of an answer of Nunchi is that of what it answered', async () => {
    await bench.say('1', 'negative', { addressed: true });
    await bench.store.messages.delivered(bench.platform.replies[0]?.id ?? '', 'sent');
    expect((await read('sent', 'whatever it says')).text).toMatch(/negative.*87/iu);
    expect(await history()).toHaveLength(2);
    await bench.store.messages.eraseText((await bench.find('1'))?.id ?? '');
    expect((await read('sent', 'whatever it says')).text).toContain('erased');
  });

  it('of a text that was erased here reads it and does not keep it again', async () => {
    const { id } = await bench.say('1', 'negative');
    await bench.store.messages.eraseText(id);
    expect((await read('1', 'negative')).text).toMatch(/negative.*87/iu);
    expect((await bench.find('1'))?.text).toBeNull();
  });

  it('meets distress with a kind word', async () => {
    expect((await read('1', '죽고 싶어요')).text).toContain('109');
    expect(bench.sentiment.seen).toEqual([]);
  });

  it('while the model is gone asks for patience', async () => {
    bench.sentiment.failure = new Error('the model is gone');
    expect((await read('1', 'negative')).text).toContain('try again');
  });
});

describe('why', () => {
  const WHY =
    'Mostly “negative” made me read it as negative. On the other hand, “but” pulled towards neutral.';

  it('names the words of a message, kept or not, and keeps nothing by itself', async () => {
    const why = () => bench.ask({ type: 'why', message: bench.message('1', 'negative but fine') });
    expect(await why()).toEqual({ text: WHY, private: true });
    expect(await history()).toEqual([]);
    await bench.say('1', 'negative but fine');
    expect(await why()).toEqual({ text: WHY, private: true });
  });

  it('without a message is about the newest answer of the channel', async () => {
    const why = (channelId = 'room') => bench.ask({ type: 'why', message: null, channelId });
    expect((await why()).text).toContain('no reading to explain');
    await bench.say('1', 'negative but fine', { addressed: true });
    await bench.say('2', 'help', { addressed: true });
    expect(await why()).toEqual({ text: WHY, private: true });
    expect((await why('elsewhere')).text).toContain('no reading to explain');
    await bench.say('3', '정말 positive', { addressed: true });
    expect((await why()).text).toContain('「positive」 같은 말 때문에 긍정 쪽으로');
  });

  it.each([
    ['that cannot be read says that instead of a reason', ' ', /nothing here to read/u],
    ['of distress is met with a kind word', 'I want to die', /very hard/u],
  ])('of a message %s', async (_name, text, expected) => {
    expect((await bench.ask({ type: 'why', message: bench.message('1', text) })).text).toMatch(expected);
  });
});
