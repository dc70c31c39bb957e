// The durable platform: what is sent and how, starting and stopping, and one answer in effect wherever the process dies.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Delivery } from '../../../src/chat/adapter.js';
import { NunchiError } from '../../../src/errors.js';
import { SILENT_LOGGER } from '../../../src/log.js';
import type { Store } from '../../../src/store/store.js';
import {
  createDurableBench,
  message,
  MODERATOR,
  PLACE,
  reaction,
  until,
  type DurableBench,
  type DurableProcess,
} from '../../fakes/durable-bench.js';

let bench: DurableBench;
beforeEach(async () => {
  bench = await createDurableBench();
});
afterEach(() => bench.stop());

const say = ({ adapter }: DurableProcess, id: string, text: string, addressed = true) =>
  adapter.event(`message ${id}`, { type: 'message', message: message(id, text, { addressed }) });
const edit = ({ adapter }: DurableProcess, key: string, messageId: string, text: string) =>
  adapter.event(key, { type: 'edit', ...PLACE, messageId, text });
async function started(change = {}): Promise<DurableProcess> {
  const one = bench.begin(change);
  await one.platform.start();
  return one;
}
const texts = () => bench.service.messages.map(({ text }) => text);
/** Everything that came in is handled, and everything that is to go out has gone. */
const settled = () =>
  until(
    async () =>
      (await bench.store.inbox.pending('fake')).length === 0 &&
      (await bench.store.outbox.nextDue('fake')) === null,
  );
const never = () => new Promise<never>(() => undefined);
const sentAs = <Type extends Delivery['type']>(type: Type) =>
  bench.service.attempts.filter((one): one is Extract<Delivery, { type: Type }> => one.type === type);

/** The first sending waits until the test lets it go on, or fail. */
function holdSending({ adapter }: DurableProcess) {
  const send = adapter.send.bind(adapter);
  let reach = () => {};
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let letGo: { send: () => void; fail: () => void } | undefined;
  const held = new Promise<void>((resolve, reject) => {
    letGo = { send: resolve, fail: () => reject(new Error('connection lost')) };
  });
  vi.spyOn(adapter, 'send').mockImplementationOnce(async (delivery) => {
    reach();
    await held;
    return send(delivery);
  });
  return { reached, send: () => letGo?.send(), fail: () => letGo?.fail() };
}

describe('a process that dies', () => {
  it('after an event was accepted: the next one answers', async () => {
    const dead = bench.begin();
    await dead.adapter.connect({
      ...({} as typeof dead.adapter.hub),
      accept: async (key, content) =>
        (await bench.store.inbox.add({ platform: 'fake', key, content })) !== null,
    });
    expect(await say(dead, '1', 'positive')).toBe(true);
    const next = await started();
    await settled();
    expect(texts()).toEqual([expect.stringContaining('87')]);
    expect(await say(next, '1', 'positive')).toBe(false);
  });

  it('after the answer was kept, before it was queued: the next one sends it', async () => {
    const { store } = bench;
    let reached = false;
    const add = () => {
      reached = true;
      return never();
    };
    const dying: Store = { ...store, outbox: { ...store.outbox, add } };
    await say(await started({ store: dying }), '1', 'positive');
    await until(() => reached);
    expect(texts()).toEqual([]);
    await started();
    await settled();
    expect(texts()).toHaveLength(1);
    expect(await store.messages.history('room', { limit: 10 })).toHaveLength(2);
  });

  it('after the answer was queued, before the event was noted: the next one answers once', async () => {
    const { store } = bench;
    const dying: Store = { ...store, inbox: { ...store.inbox, handled: never } };
    await say(await started({ store: dying }), '1', 'positive');
    await until(() => texts().length > 0);
    await started();
    await settled();
    expect(texts()).toHaveLength(1);
    expect(sentAs('reply')).toHaveLength(1);
  });

  it('after an answer was sent, before that was noted: it is sent again as the same, and shown once', async () => {
    bench.service.faults = ['dies'];
    await say(await started(), '1', 'positive');
    await until(() => texts().length > 0);
    await started();
    await settled();
    expect(texts()).toHaveLength(1);
    const [first, second] = sentAs('reply');
    expect([first?.again, second?.again]).toEqual([false, true]);
    expect(second?.nonce).toBe(first?.nonce);
    const id = bench.service.messages[0]?.id ?? '';
    expect(await bench.store.messages.find('fake', 'room', id)).toMatchObject({ author: 'nunchi' });
  });
});

describe('an answer', () => {
  it('goes where the question was, under a nonce that Discord takes', async () => {
    const one = await started();
    const asked = message('1', 'positive', { threadId: 'thread' });
    await one.adapter.event('1', { type: 'message', message: asked });
    await settled();
    expect(sentAs('reply')).toMatchObject([
      { channelId: 'room', again: false, replyTo: { messageId: '1', threadId: 'thread' } },
    ]);
    expect(sentAs('reply')[0]?.nonce).toMatch(/^[\w-]{25}$/);
  });

  it.each(['postponed', 'fails', 'lost'] as const)(
    'whose first sending is %s arrives once',
    async (fault) => {
      bench.service.faults = [fault];
      await say(await started(), '1', 'positive');
      await settled();
      expect(bench.service.faults).toEqual([]);
      expect(texts()).toHaveLength(1);
      expect(sentAs('reply').at(-1)?.again).toBe(true);
    },
  );

  it('that is refused is given up, and the next one is sent', async () => {
    bench.service.faults = ['refused'];
    const one = await started();
    await say(one, '1', 'positive');
    await settled();
    await say(one, '2', 'negative');
    await settled();
    expect(sentAs('reply').map(({ replyTo }) => replyTo.messageId)).toEqual(['2']);
  });

  it('is not given again when the outbox has forgotten that it was', async () => {
    const one = await started();
    await say(one, '1', 'positive');
    await settled();
    expect(await bench.store.outbox.prune(new Date(Date.now() + 1_000))).toBe(1);
    await one.adapter.event('the same by another way', {
      type: 'message',
      message: message('1', 'positive'),
    });
    await settled();
    expect(sentAs('reply')).toHaveLength(1);
  });
});

describe('an amendment', () => {
  it('changes the answer that is shown, and every later one does too', async () => {
    const one = await started();
    await say(one, '1', 'positive');
    await settled();
    const [first] = texts();
    await edit(one, 'e1', '1', 'negative');
    await settled();
    const [second] = texts();
    expect(second).not.toBe(first);
    await edit(one, 'e2', '1', 'positive');
    await settled();
    expect(texts()).toEqual([first]);
    await edit(one, 'e3', '1', 'negative');
    await settled();
    expect(texts()).toEqual([second]);
    expect(sentAs('amend')).toHaveLength(3);
  });

  it('of an answer that is not sent yet is what the answer says', async () => {
    const one = await started();
    const bell = holdSending(one);
    await say(one, '1', 'positive');
    await bell.reached;
    await edit(one, 'e1', '1', 'negative');
    await until(async () => (await bench.store.messages.find('fake', 'room', '1'))?.text === 'negative');
    bell.fail();
    await settled();
    const answer = await bench.store.messages.find('fake', 'room', 'answer:1');
    expect(texts()).toEqual([answer?.text]);
  });

  it('that comes while the answer is being sent follows it', async () => {
    const one = await started();
    bench.service.faults = ['lost'];
    const bell = holdSending(one);
    await say(one, '1', 'positive');
    await bell.reached;
    await edit(one, 'e1', '1', 'negative');
    await until(async () => (await bench.store.messages.find('fake', 'room', '1'))?.text === 'negative');
    bell.send();
    await settled();
    const answer = await bench.store.messages.find('fake', 'room', 'answer:1');
    expect(texts()).toEqual([answer?.text]);
  });

  it('of an answer that is gone, or was refused, is dropped', async () => {
    const one = await started();
    const warned = vi.spyOn(SILENT_LOGGER, 'warn');
    bench.service.faults = ['refused'];
    await say(one, '1', 'positive');
    await settled();
    warned.mockClear();
    await edit(one, 'e1', '1', 'negative');
    await settled();
    expect(sentAs('amend')).toEqual([]);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('Nunchi’s emoji', () => {
  const react = (change = {}) =>
    bench.settings.change('fake', 'home', { mode: 'react', ...change }).then(() => started());

  it('is the one of the label, or the community’s own, and one at most', async () => {
    const one = await react();
    await say(one, '1', 'negative', false);
    await settled();
    await bench.settings.change('fake', 'home', {
      emoji: { positive: ['party_parrot'], neutral: [], negative: [], forget: [] },
    });
    await say(one, '2', 'positive', false);
    await one.platform.react?.('room', '1', 'positive');
    await settled();
    expect(bench.service.reactions).toEqual([
      ['1', '🔴'],
      ['2', 'party_parrot'],
    ]);
  });

  it('is not put under a message that was deleted or reads differently by then', async () => {
    const one = await react();
    const textOf = async (id: string) => (await bench.store.messages.find('fake', 'room', id))?.text;
    const first = holdSending(one);
    await say(one, '1', 'negative', false);
    await first.reached;
    await edit(one, 'e1', '1', 'positive');
    await until(async () => (await textOf('1')) === 'positive');
    first.fail();
    await settled();
    const second = holdSending(one);
    await say(one, '2', 'negative', false);
    await second.reached;
    await one.adapter.event('d2', { type: 'deletion', ...PLACE, messageId: '2' });
    await until(async () => (await textOf('2')) === null);
    second.fail();
    await settled();
    expect(bench.service.reactions).toEqual([]);
  });
});

describe('news and whispers', () => {
  it('are sent once for a key', async () => {
    const { platform } = await started();
    const attachment = {
      name: 'mood.png',
      mediaType: 'image/png' as const,
      content: 'AAAA',
      description: 'a chart',
    };
    const whisper = { personId: 'kim', messageId: '1', threadId: 'thread', text: 'psst', buttons: [] };
    for (let time = 0; time < 2; time += 1) {
      await platform.post?.('news', 'night 1', { text: 'learned', attachment });
      await platform.whisper?.('room', { key: 'night 1', ...whisper });
    }
    await settled();
    expect(sentAs('post')).toMatchObject([{ channelId: 'news', text: 'learned', attachment }]);
    expect(sentAs('whisper')).toMatchObject([
      { personId: 'kim', text: 'psst', replyTo: { messageId: '1', threadId: 'thread' } },
    ]);
  });
});

describe('starting and stopping', () => {
  it('leaves nothing running where the platform refuses, and says why', async () => {
    bench.service.closed = new NunchiError('platform-refused', 'the token is wrong', {
      hint: 'Set another.',
    });
    const { store } = bench;
    await store.inbox.add({
      platform: 'fake',
      key: '1',
      content: { type: 'message', message: message('1', 'positive') },
    });
    const one = bench.begin();
    await expect(one.platform.start()).rejects.toBe(bench.service.closed);
    expect(one.adapter.state).toBe('closed');
    bench.service.closed = null;
    const next = await started();
    await settled();
    expect(bench.sentiment.seen).toEqual(['positive']);
    await next.platform.stop();
    expect(texts()).toHaveLength(1);
  });

  it('finishes what is in hand, takes nothing new, and closes in the end', async () => {
    const one = await started({ stopWithinMs: 10_000 });
    bench.sentiment.hold();
    await say(one, '1', 'positive');
    await until(async () => (await bench.store.messages.find('fake', 'room', '1')) !== null);
    const stopped = one.platform.stop();
    await until(() => one.adapter.state === 'disconnected');
    bench.sentiment.release();
    await stopped;
    expect(one.adapter.state).toBe('closed');
    expect(await bench.store.inbox.pending('fake')).toEqual([]);
    await started();
    await settled();
    expect(texts()).toHaveLength(1);
    await expect(one.platform.start()).resolves.toBeUndefined();
  });

  it('stops at its deadline where something hangs, and nothing is lost', async () => {
    const one = await started({ stopWithinMs: 20 });
    bench.sentiment.hold();
    await say(one, '1', 'positive');
    await until(async () => (await bench.store.messages.find('fake', 'room', '1')) !== null);
    await one.platform.stop();
    expect(one.adapter.state).toBe('closed');
    expect(await bench.store.inbox.pending('fake')).toHaveLength(1);
    const next = await started();
    bench.sentiment.release();
    await settled();
    expect(texts()).toHaveLength(1);
    await next.platform.stop();
  });
});

describe('reactions that come as fast as they can', () => {
  it('hold up nobody else: another channel is answered while a thousand are being handled', async () => {
    const one = await started();
    await say(one, '1', 'negative', false);
    await settled();
    let handled = 0;
    const handle = bench.store.inbox.handled.bind(bench.store.inbox);
    const handling = vi.spyOn(bench.store.inbox, 'handled').mockImplementation((id) => {
      handled += 1;
      return handle(id);
    });
    const send = one.adapter.send.bind(one.adapter);
    let handledBefore: number | undefined;
    vi.spyOn(one.adapter, 'send').mockImplementation((delivery) => {
      handledBefore = handled;
      return send(delivery);
    });
    const flood = Array.from({ length: 1_000 }, (_, n) =>
      one.adapter.event(`r${n}`, reaction('1', { ...MODERATOR, id: `mod ${n}` }, '🟢')),
    );
    const question = { ...message('q', 'positive'), channelId: 'elsewhere' };
    await Promise.all([...flood, one.adapter.event('q', { type: 'message', message: question })]);
    await vi.waitFor(() => expect(handled).toBe(1_001), { timeout: 50_000 });
    await settled();
    expect(texts()).toHaveLength(1);
    expect(handledBefore).toBeLessThan(500);
    handling.mockRestore();
  }, 120_000);

  it('are dropped where they are social, before anything is written', async () => {
    const one = await started();
    await say(one, '1', 'negative');
    await settled();
    const added = vi.spyOn(bench.store.inbox, 'add');
    for (const emoji of ['👍', '👎', '❤️', '😂', 'party_parrot']) {
      await one.adapter.event(`under the message ${emoji}`, reaction('1', MODERATOR, emoji));
    }
    expect(added).not.toHaveBeenCalled();
    await bench.settings.change('fake', 'home', {
      emoji: { positive: ['party_parrot'], neutral: [], negative: [], forget: [] },
    });
    await one.adapter.event('custom', reaction('1', MODERATOR, 'party_parrot'));
    const answer = bench.service.messages[0]?.id ?? '';
    await one.adapter.event('under the answer', reaction(answer, MODERATOR, '👍'));
    await one.adapter.event('social under the answer', reaction(answer, MODERATOR, '😂'));
    expect(added).toHaveBeenCalledTimes(2);
    added.mockRestore();
  });
});
