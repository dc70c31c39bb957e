// The correction dialog: what it offers, what becomes of what was chosen and written in it, and what is said of that.
import { afterEach, describe, expect, it } from 'vitest';
import type { IncomingMessage } from '../../../src/chat/platform.js';
import type { Choice } from '../../../src/chat/feedback.js';
import type { Dialog } from '../../../src/chat/requests.js';
import type { TrainingUse } from '../../../src/chat/training-use.js';
import { MODERATOR, SOMEBODY, startRequestBench, type RequestBench } from './bench.js';

let bench: RequestBench;
afterEach(() => bench.stop());

async function start(training?: TrainingUse): Promise<void> {
  bench = await startRequestBench({ training: training === undefined ? {} : { fake: training } });
}
const open = async (person = MODERATOR, change: Partial<IncomingMessage> = {}): Promise<Dialog> => {
  const message = bench.message('1', 'negative', change);
  const { dialog } = await bench.ask({ type: 'correct', message, person });
  if (dialog === undefined) throw new Error('no dialog was opened');
  return dialog;
};
const send = (dialogId: string, label: Choice, text: string | null = null, person = MODERATOR) =>
  bench.ask({ type: 'dialog', dialogId, label, text, person, requestId: 'sent' });
const subject = async () => (await bench.find('1'))?.id ?? '';
const authored = (communityId = 'home') =>
  bench.store.messages.find('fake', `authored:${communityId}`, 'authored:sent');

describe('opening it', () => {
  it('keeps the message and does not wait for its reading', async () => {
    await start();
    bench.sentiment.hold();
    const { id } = await open();
    expect(id).toBe(`correct:${await subject()}`);
    expect(bench.sentiment.seen).toEqual([]);
  });

  it('lets only moderators write a text of their own', async () => {
    await start();
    expect((await open()).ownText?.hint).toContain('do not paste');
    expect((await open(SOMEBODY)).ownText).toBeNull();
  });

  it.each(['off', 'authored', 'messages'] as const)(
    'fits into what both platforms show (training %s)',
    async (training) => {
      await start(training);
      for (const language of ['ko', 'en'] as const) {
        await bench.settings.change('fake', 'home', { language });
        const { id, title, label, ownText } = await open();
        expect(id.length).toBeLessThanOrEqual(100);
        expect(title.length).toBeLessThanOrEqual(24);
        expect(label.text.length).toBeLessThanOrEqual(45);
        expect(ownText?.text.length).toBeLessThanOrEqual(45);
        expect(ownText?.hint.length).toBeLessThanOrEqual(100);
        expect(label.choices.map(({ value }) => value)).toEqual([
          'positive',
          'neutral',
          'negative',
          'forget',
        ]);
      }
    },
  );

  it('on an answer of Nunchi is about what it answered', async () => {
    await start();
    await bench.say('1', 'negative', { addressed: true });
    await bench.store.messages.delivered(bench.platform.replies[0]?.id ?? '', 'sent');
    expect((await open(SOMEBODY, { messageId: 'sent' })).id).toBe(`correct:${await subject()}`);
  });
});

describe('what was chosen', () => {
  it.each([
    ['positive', 'messages', true, 'Recorded as positive. I will learn it in the next training.'],
    [
      'neutral',
      'off',
      false,
      'Recorded as neutral. It is stored, not used for training: the operator has training switched off for this platform.',
    ],
    [
      'negative',
      'authored',
      false,
      'Recorded as negative. It is stored, not used for training: on this platform I learn only from what moderators write themselves.',
    ],
    [
      'positive',
      'messages',
      false,
      'Recorded as positive. It is stored, not used for training: this is a message that I may not learn from.',
    ],
    [
      'forget',
      'messages',
      true,
      'I forget how I read this message: it counts in no report, and I learn nothing from it.',
    ],
  ] as const)('%s by a moderator, training %s, trainable %s', async (label, training, trainable, text) => {
    await start(training);
    const { id } = await open(MODERATOR, { trainable });
    expect(await send(id, label)).toEqual({ text, private: true });
    expect(await bench.labelOf(await subject())).toBe(label === 'forget' ? null : label);
    const learned = training === 'messages' && trainable && label !== 'forget';
    expect(await bench.store.feedback.corrections()).toHaveLength(learned ? 1 : 0);
  });

  it('by others counts once they agree', async () => {
    await start();
    const { id } = await open(SOMEBODY);
    const by = (name: string) => send(id, 'positive', null, { ...SOMEBODY, id: name });
    expect((await by('a')).text).toBe(
      'Your word for positive is noted. It counts once others agree or a moderator decides.',
    );
    await by('b');
    expect((await by('c')).text).toContain('I will learn it');
    await bench.settings.change('fake', 'home', { quorum: null });
    expect((await send(id, 'forget', null, SOMEBODY)).text).toBe(
      'Your wish to forget this reading is noted. It counts once a moderator decides.',
    );
  });

  it('again is the newest word, also of two moderators in turn', async () => {
    await start();
    const { id } = await open();
    const other = { ...MODERATOR, id: 'mod2' };
    for (const [label, person] of [
      ['positive', MODERATOR],
      ['negative', other],
      ['positive', MODERATOR],
      ['neutral', MODERATOR],
      ['positive', MODERATOR],
    ] as const) {
      await send(id, label, null, person);
      expect(await bench.labelOf(await subject())).toBe(label);
    }
  });

  it('is taken by its name, whatever the emoji of the community mean', async () => {
    await start();
    const emoji = { positive: ['🔴'], neutral: [], negative: [], forget: [] };
    await bench.settings.change('fake', 'home', { emoji });
    const { id } = await open();
    await send(id, 'negative');
    expect(await bench.labelOf(await subject())).toBe('negative');
  });

  it('is not recorded of words of distress, of an erased text, of somebody left out', async () => {
    await start();
    const { id } = await open(MODERATOR, { text: '죽고 싶어요' });
    expect((await send(id, 'negative')).text).toContain('words of distress');
    await bench.store.messages.eraseText(await subject());
    expect((await send(id, 'negative')).text).toContain('erased already');
    await bench.store.people.leaveOut('fake', MODERATOR.id, true);
    expect((await send(id, 'negative')).text).toContain('You asked to be left out');
    const said = await bench.ask({ type: 'correct', message: bench.message('1', 'x'), person: MODERATOR });
    expect(said.dialog).toBeUndefined();
    expect(await bench.labelOf(await subject())).toBeUndefined();
  });

  it('for a message of another community or platform finds none', async () => {
    await start();
    const { id } = await open();
    const dialog = { type: 'dialog', label: 'positive', text: 'mine', person: MODERATOR } as const;
    for (const asked of [
      { ...dialog, dialogId: id, communityId: 'away' },
      { ...dialog, dialogId: id, platform: 'other' },
      { ...dialog, dialogId: 'correct:00000000-0000-0000-0000-000000000000' },
      { ...dialog, dialogId: 'settings' },
    ]) {
      expect((await bench.ask(asked)).text).toContain('cannot find that message');
    }
    expect(await bench.labelOf(await subject())).toBeUndefined();
    expect(await authored('away')).toBeNull();
  });
});

describe('what a moderator wrote', () => {
  const TEXT = 'what a day';

  it.each([
    ['messages', true, [TEXT, 'negative']],
    ['authored', true, [TEXT]],
    ['off', false, []],
  ] as const)('with training %s', async (training, learned, texts) => {
    await start(training);
    const { id } = await open(MODERATOR, { trainable: training === 'messages' });
    const { text } = await send(id, 'positive', ` ${TEXT}\n`);
    expect(text.split('\n')[1]).toBe(
      learned
        ? 'I will learn your own text with the same label.'
        : 'Your own text is stored as well, and not learned either: training is off.',
    );
    const kept = await authored();
    expect(kept).toMatchObject({ text: TEXT, author: 'person', communityId: 'home' });
    expect(await bench.labelOf(kept?.id ?? '')).toBe('positive');
    const corrections = await bench.store.feedback.corrections();
    expect(corrections.map((correction) => correction.text).sort()).toEqual([...texts].sort());
    expect((await bench.store.people.dataOf('fake', MODERATOR.id)).messages).toMatchObject([{ text: TEXT }]);
  });

  it('sent twice is kept once', async () => {
    await start();
    const { id } = await open();
    await send(id, 'positive', TEXT);
    await send(id, 'positive', TEXT);
    expect(await bench.store.feedback.corrections()).toHaveLength(2);
  });

  it.each([
    ['with no label', 'forget', TEXT, 'no label to learn it with'],
    ['in distress', 'negative', 'I want to die', 'speaks of distress'],
  ] as const)('%s is not kept', async (_name, label, text, expected) => {
    await start();
    const { id } = await open();
    expect((await send(id, label, text)).text).toContain(expected);
    expect(await authored()).toBeNull();
  });

  it('by somebody who does not moderate is refused, label and all', async () => {
    await start();
    const { id } = await open(SOMEBODY);
    expect((await send(id, 'positive', TEXT, SOMEBODY)).text).toMatch(/^Only moderators/u);
    expect(await authored()).toBeNull();
    expect((await bench.store.people.dataOf('fake', SOMEBODY.id)).feedback).toEqual([]);
  });
});
