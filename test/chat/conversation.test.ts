// The rules of conversation over a real store: kept first, answered once, never lost, read again after a swap.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createConversation, type Conversation } from '../../src/chat/conversation.js';
import type { IncomingMessage } from '../../src/chat/platform.js';
import { createCommunitySettings } from '../../src/chat/settings.js';
import { SILENT_LOGGER } from '../../src/log.js';
import type { Store } from '../../src/store/store.js';
import { createFakePlatform, type FakePlatform } from '../fakes/platform.js';
import { createFakeSentiment, readingAs, type FakeSentiment } from '../fakes/sentiment.js';
import { createFakeTraining, type FakeTraining } from '../fakes/training.js';
import { openTestStore } from '../fakes/web-bench.js';

const CHANNEL = { platform: 'fake', communityId: 'home', channelId: 'room', language: 'ko' } as const;
let folder: string;
let store: Store;
let sentiment: FakeSentiment;
let training: FakeTraining;
let platform: FakePlatform;
let conversation: Conversation;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-conversation-'));
  store = await openTestStore(folder);
  sentiment = createFakeSentiment();
  training = createFakeTraining(store);
  platform = createFakePlatform();
  conversation = createConversation({ store, sentiment, training, logger: SILENT_LOGGER });
  conversation.attach(platform);
});
afterEach(async () => {
  sentiment.release();
  await conversation.stop();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

function incoming(messageId: string, text: string, change: Partial<IncomingMessage> = {}): IncomingMessage {
  return { ...CHANNEL, messageId, authorId: 'kim', text, addressed: true, trainable: true, ...change };
}

async function say(messageId: string, text: string, change?: Partial<IncomingMessage>) {
  const { message, settled } = await conversation.receive(incoming(messageId, text, change));
  await settled;
  return message;
}

describe('a message', () => {
  it('is kept before it is read', async () => {
    sentiment.hold();
    const { message, settled } = await conversation.receive(incoming('1', 'positive'));
    expect((await store.messages.get(message.id))?.text).toBe('positive');
    expect(sentiment.seen).toEqual([]);
    sentiment.release();
    await settled;
    expect((await store.predictions.of(message.id))[0]).toMatchObject({
      label: 'positive',
      confidence: 0.87,
    });
  });

  it('is answered in its own language', async () => {
    await say('1', 'positive 좋아');
    await say('2', 'positive');
    await say('3', '123');
    expect(platform.replies.map((reply) => /[가-힣]/.test(reply.text))).toEqual([true, false, true]);
  });

  it('with a slash is answered in the language of whoever writes: its name is the same in both', async () => {
    await say('1', '/nunchi model', { language: 'ko' });
    await say('2', '/model', { language: 'en' });
    await say('3', '/눈치 모델', { language: 'en' });
    expect(platform.replies.map((reply) => /[가-힣]/.test(reply.text))).toEqual([true, false, true]);
    expect(sentiment.seen).toEqual([]);
  });

  it('is answered by the measure and in the language that its community has set', async () => {
    await conversation.stop();
    const settings = createCommunitySettings(store.settings);
    conversation = createConversation({ store, sentiment, settings, logger: SILENT_LOGGER });
    conversation.attach(platform);
    await settings.change('fake', 'home', { threshold: 0.9, language: 'en' });
    const message = await say('1', 'positive 좋아');
    expect(platform.replies[0]).toMatchObject({
      reading: { label: 'positive', abstained: true, abstainReason: 'low-confidence' },
      text: expect.not.stringMatching(/[가-힣]/) as string,
    });
    // Reports and the review queue go by the installation's measure.
    expect(await store.predictions.of(message.id)).toMatchObject([{ abstained: false }]);
    const overheard = await conversation.receive(incoming('2', 'negative', { addressed: false }));
    expect(await overheard.settled).toMatchObject({ kind: 'read', reading: { abstained: true } });
  });

  it('that Nunchi only overhears is read and not answered', async () => {
    const message = await say('1', 'negative', { addressed: false });
    expect(await store.predictions.of(message.id)).toHaveLength(1);
    expect(platform.replies).toEqual([]);
  });

  it('that asks why is answered with the words that moved the last reading', async () => {
    await say('1', 'why?');
    expect(platform.replies.at(-1)).toMatchObject({ reading: null });
    expect(platform.replies.at(-1)?.text).toContain('no reading to explain');
    await say('2', 'negative but fine');
    await say('3', 'model');
    const question = await say('4', 'Why?');
    expect(platform.replies.at(-1)).toMatchObject({ inReplyTo: question.id, reading: null });
    expect(platform.replies.at(-1)?.text).toBe(
      'Mostly “negative” made me read it as negative. On the other hand, “but” pulled towards neutral.',
    );
    await say('5', '왜요?');
    expect(platform.replies.at(-1)?.text).toContain('「negative」 같은 말 때문에 부정 쪽으로');
    expect(await store.predictions.of(question.id)).toEqual([]);
  });

  it('that asks why in reply to an answer is told of that one, not of what was read since', async () => {
    await say('1', 'negative but fine');
    const answer = platform.replies[0];
    await store.messages.delivered(answer?.id ?? '', 'answer-1');
    await say('2', 'positive');
    await say('3', '왜?', { repliesTo: 'answer-1' });
    expect(platform.replies.at(-1)?.text).toContain('「negative」');
    await say('4', '왜?', { repliesTo: 'unknown' });
    expect(platform.replies.at(-1)?.text).toContain('「positive」');
    // What Nunchi only overheard is not explained for all to see.
    await say('5', 'negative', { addressed: false });
    await say('6', '왜?', { repliesTo: '5' });
    expect(platform.replies.at(-1)?.text).toContain('「positive」');
  });

  it('that asks why in a thread is told nothing of other threads', async () => {
    await say('1', 'negative but fine');
    await say('2', 'positive');
    await say('3', '왜?', { threadId: '1' });
    expect(platform.replies.at(-1)?.text).toContain('「negative」');
    await say('4', 'positive', { threadId: '1' });
    await say('5', '왜?', { threadId: '1' });
    expect(platform.replies.at(-1)?.text).toContain('「positive」');
    await say('6', '왜?', { threadId: 'begun before Nunchi came' });
    expect(platform.replies.at(-1)?.text).toContain('아직 설명할 만한 읽기가 없어요');
  });

  it('that asks why, of a text that could not be read, gets no invented reason', async () => {
    await say('1', '  ');
    await say('2', 'why');
    expect(platform.replies.at(-1)?.text).toContain('no reading to explain');
  });

  it('of distress is met with care: no label, nothing learned', async () => {
    const message = await say('1', '죽고 싶어요');
    expect(platform.replies[0]).toMatchObject({
      reading: null,
      text: expect.stringContaining('109') as string,
    });
    expect(await store.predictions.of(message.id)).toEqual([]);
    expect(sentiment.seen).toEqual([]);
    const feedback = {
      messageId: message.id,
      personId: 'kim',
      moderator: true,
      emoji: '🔴',
      action: 'added',
    } as const;
    expect((await conversation.correct(feedback)).outcome).toBe('not-trainable');
    expect(await store.feedback.pendingCount()).toBe(0);
  });

  it('that asks for the model is told of the running one', async () => {
    await say('1', 'model?');
    expect(platform.replies[0]?.text).toContain(sentiment.model.version);
    expect(platform.replies[0]?.reading).toBeNull();
  });
});

describe('where one of a reading and its answer cannot be kept', () => {
  it.each([
    ['reading', () => vi.spyOn(store.predictions, 'add')],
    ['answer', () => vi.spyOn(store.messages, 'add')],
  ] as const)('the %s: nothing is said, and the message sent again has both, once', async (which, spyOn) => {
    const original = store.messages.add.bind(store.messages);
    const spy = spyOn();
    if (which === 'reading') spy.mockRejectedValueOnce(new Error('disk full'));
    // The first one kept is the message itself.
    else spy.mockImplementationOnce(original as never).mockRejectedValueOnce(new Error('disk full'));
    const first = await conversation.receive(incoming('1', 'positive'));
    expect(await first.settled).toEqual({ kind: 'unread' });
    expect(platform.replies).toEqual([]);

    const again = await conversation.receive(incoming('1', 'positive'));
    expect(await again.settled).toMatchObject({ kind: 'answered', reading: { label: 'positive' } });
    expect(platform.replies).toHaveLength(1);
    expect(await store.predictions.of(first.message.id)).toHaveLength(1);
    const said = await store.messages.history(CHANNEL.channelId, { limit: 10 });
    expect(said.filter(({ author }) => author === 'nunchi')).toHaveLength(1);
  });
});

describe('after a restart', () => {
  it('messages acknowledged without an answer are read, once', async () => {
    sentiment.failure = new Error('killed');
    const lost = await say('1', 'positive lost');
    sentiment.failure = null;
    await say('2', 'negative answered');
    platform.replies.length = 0;
    expect(await conversation.resume(CHANNEL)).toBe(1);
    expect(platform.replies.map((reply) => reply.inReplyTo)).toEqual([lost.id]);
    expect(await conversation.resume(CHANNEL)).toBe(0);
  });

  it('a reading kept just before the kill is not made again', async () => {
    const { id } = await store.messages.add({
      ...CHANNEL,
      externalId: '1',
      personId: 'kim',
      author: 'person',
      inReplyTo: null,
      text: 'negative',
      trainable: true,
    });
    await store.predictions.add(id, 'nunchi-before', readingAs('negative', 0.66));
    expect(await conversation.resume(CHANNEL)).toBe(1);
    expect(sentiment.seen).toEqual([]);
    expect(platform.replies[0]).toMatchObject({
      modelVersion: 'nunchi-before',
      text: expect.stringContaining('66') as string,
    });
  });
});

describe('after a swap', () => {
  it('learned messages are read again and the platform is told before → after', async () => {
    const { id } = await say('1', 'negative');
    const other = await say('2', 'neutral');
    sentiment.swap('nunchi-00000002', () => readingAs('positive', 0.9));
    training.emit({
      type: 'promoted',
      version: 'nunchi-00000002',
      previousVersion: 'nunchi-00000001',
      learned: [id, 'unknown'],
    });
    await vi.waitFor(() => expect(platform.rereads).toHaveLength(1));
    expect(platform.rereads[0]).toMatchObject({
      messageId: id,
      before: { modelVersion: 'nunchi-00000001', reading: { label: 'negative' } },
      after: { modelVersion: 'nunchi-00000002', reading: { label: 'positive', confidence: 0.9 } },
    });
    expect(await store.predictions.of(id)).toHaveLength(2);
    expect(await store.predictions.of(other.id)).toHaveLength(1);
  });
});

describe('corrections', () => {
  it('a 👍 under an answer without a guess asks instead of confirming', async () => {
    const { id } = await say('1', '');
    const answer = platform.replies.find((reply) => reply.inReplyTo === id)?.id ?? '';
    const feedback = {
      messageId: answer,
      personId: 'kim',
      moderator: true,
      emoji: '👍',
      action: 'added',
    } as const;
    expect(await conversation.correct(feedback)).toMatchObject({ outcome: 'asks', current: null });
  });

  it('of a person who is no moderator do not decide alone', async () => {
    const { id } = await say('1', 'positive');
    const feedback = {
      messageId: id,
      personId: 'lee',
      moderator: false,
      emoji: '🔴',
      action: 'added',
    } as const;
    expect((await conversation.correct(feedback)).outcome).toBe('awaits-others');
  });

  it('of a text that may not be trained on say so', async () => {
    const { id } = await say('1', 'positive', { trainable: false });
    const feedback = {
      messageId: id,
      personId: 'kim',
      moderator: true,
      emoji: '🔴',
      action: 'added',
    } as const;
    expect((await conversation.correct(feedback)).outcome).toBe('not-trainable');
  });

  it('of an erased text say so', async () => {
    const { id } = await say('1', 'positive');
    await store.messages.eraseText(id);
    const feedback = {
      messageId: id,
      personId: 'kim',
      moderator: true,
      emoji: '🔴',
      action: 'added',
    } as const;
    expect((await conversation.correct(feedback)).outcome).toBe('text-erased');
  });
});
