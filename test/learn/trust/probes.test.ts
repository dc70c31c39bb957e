// Probes in the review queue: only where a community wants them, marked in the store, never trained on, and what they tell.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProbes, PROBE_EVERY } from '../../../src/learn/trust/probes.js';
import { createTrust } from '../../../src/learn/trust/trust.js';
import { LABELS } from '../../../src/labels.js';
import { loadReplay } from '../../../src/learn/replay.js';
import { readingAs } from '../../fakes/sentiment.js';
import { MODERATOR, startRequestBench, type RequestBench } from '../../chat/requests/bench.js';

const SENTENCES = [
  { text: '오늘 정말 신나요', label: 'positive' as const },
  { text: 'known one', label: 'positive' as const },
  { text: 'known two', label: 'negative' as const },
];

let bench: RequestBench;
beforeEach(async () => {
  bench = await startRequestBench();
  bench.sentiment.swap('nunchi-1', () => readingAs('neutral', 0.5));
  for (let index = 0; index < PROBE_EVERY * 3; index += 1) await bench.say(`m${index}`, `message ${index}`);
});
afterEach(() => bench.stop());

function asker() {
  const { store, sentiment } = bench;
  const probes = createProbes({ store, sentiment, loadSentences: () => Promise.resolve(SENTENCES) });
  const answer = bench.requests({ probes });
  const ask = (request: Parameters<RequestBench['full']>[0]) =>
    answer(bench.full({ ...request, person: MODERATOR }));
  return { ask, queue: () => ask({ type: 'queue' }) };
}

/** Presses a button of each answer, until so many labels are given; gives all answers. */
async function label(count: number): Promise<string[]> {
  const { ask, queue } = asker();
  let answer = await queue();
  const texts = [answer.text];
  for (let given = 0; given < count; given += 1) {
    const [button] = answer.buttons?.flat() ?? [];
    answer = await ask({ type: 'button', buttonId: button?.id ?? '' });
    texts.push(answer.text);
  }
  return texts;
}

const shown = (texts: string[], sentence: string) => texts.filter((text) => text.includes(sentence)).length;

describe('probes', () => {
  it('do not come up where nobody asked for them', async () => {
    const texts = await label(PROBE_EVERY + 2);
    for (const { text } of SENTENCES) expect(shown(texts, text)).toBe(0);
  });

  it('are one of ten, in the language of the queue, each once, and answered like everything else', async () => {
    await bench.settings.change('fake', 'home', { probes: true });
    const texts = await label(PROBE_EVERY * 2 + 2);
    expect(texts.findIndex((text) => text.includes('known one'))).toBe(PROBE_EVERY - 1);
    expect(texts.findIndex((text) => text.includes('known two'))).toBe(PROBE_EVERY * 2 - 1);
    expect(SENTENCES.map(({ text }) => shown(texts, text))).toEqual([0, 1, 1]);
    for (const text of texts.slice(1)) expect(text).toMatch(/^Noted as positive\.\n\n/u);
    const probe = texts.find((text) => text.includes('known one'));
    expect(probe).toContain('I read it as neutral (50%)');
  });

  it('are marked in the store, and neither trained on nor counted', async () => {
    await bench.settings.change('fake', 'home', { probes: true });
    await label(PROBE_EVERY + 1);
    const said = await bench.store.testimony.all();
    const probe = said.find(({ text }) => text === 'known one');
    expect(probe).toMatchObject({ knownLabel: 'positive', trainable: false, correction: null });
    expect(probe?.words).toMatchObject([{ label: 'positive', moderator: true }]);
    const corrected = (await bench.store.feedback.corrections()).map(({ text }) => text);
    expect(corrected).toHaveLength(PROBE_EVERY);
    expect(corrected).not.toContain('known one');
    expect(
      await bench.store.messages.activeChannels({ platform: 'fake', communityId: 'home' }, new Date(0)),
    ).toEqual(['room']);
  });

  it('tell who is mostly wrong: what they say alone waits', async () => {
    const { store } = bench;
    const trust = createTrust({ store, base: { version: 'base', directory: '' } });
    const { id } = await bench.say('mine', 'mine');
    const word = {
      platform: 'fake',
      personId: 'mean',
      moderator: true,
      emoji: 'chosen',
      action: 'added',
    } as const;
    await store.feedback.record({ ...word, messageId: id, label: 'positive' });
    expect(await trust.waitOf(id)).toBeNull();
    for (let index = 0; index < 12; index += 1) {
      const probe = await store.messages.add({
        ...{ platform: 'fake', communityId: 'home', channelId: 'probe:home', externalId: `probe:${index}:x` },
        ...{ personId: null, author: 'nunchi', inReplyTo: null, text: `known ${index}`, trainable: false },
        knownLabel: 'positive',
      });
      await store.feedback.record({ ...word, messageId: probe.id, label: 'negative' });
    }
    expect(await trust.waitOf(id)).toEqual({ reason: 'author', waitsFor: 'author' });
  });

  it('have sentences enough in both languages, of every label, none of which is trained on', async () => {
    const { heldOut, training } = await loadReplay();
    const trained = new Set(training.map(({ text }) => text));
    for (const korean of [true, false]) {
      const own = heldOut.filter(({ text }) => /\p{Script=Hangul}/u.test(text) === korean);
      for (const one of LABELS) expect(own.filter((row) => row.label === one).length).toBeGreaterThan(50);
    }
    expect(heldOut.some(({ text }) => trained.has(text))).toBe(false);
  });
});
