// What an adapter asks of Nunchi after it was away: where it left off, which messages to look at, and what the reactions that
// stand there now come to.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AdapterHub } from '../../../src/chat/adapter.js';
import type { Person } from '../../../src/chat/settings.js';
import { CHOSEN } from '../../../src/store/derive-label.js';
import {
  createDurableBench,
  message,
  MODERATOR,
  person,
  PLACE,
  reaction,
  until,
  type DurableBench,
  type DurableProcess,
} from '../../fakes/durable-bench.js';

let bench: DurableBench;
let running: DurableProcess;
beforeEach(async () => {
  bench = await createDurableBench();
  running = bench.begin();
  await running.platform.start();
});
afterEach(() => bench.stop());

const settled = () =>
  until(
    async () =>
      (await bench.store.inbox.pending('fake')).length === 0 &&
      (await bench.store.outbox.nextDue('fake')) === null,
  );
let events = 0;
const tell: typeof running.adapter.event = (key, event) =>
  running.adapter.event(`${key} ${(events += 1)}`, event);
async function say(id: string, text: string, addressed = false): Promise<void> {
  await tell('message', { type: 'message', message: message(id, text, { addressed }) });
  await settled();
}
async function react(id: string, who: Person, emoji: string, action: 'added' | 'removed' = 'added') {
  await tell('reaction', reaction(id, who, emoji, action));
  await settled();
}
const labelOf = async (id: string) => {
  const known = await bench.store.messages.find('fake', 'room', id);
  const target = known?.author === 'nunchi' ? known.inReplyTo : known?.id;
  return (await bench.store.feedback.current([target ?? ''])).get(target ?? '')?.label;
};

/** Everybody whose name begins with `mod` moderates; `ghost` is gone. */
let asked: string[] = [];
const personOf = (id: string): Promise<Person | null> => {
  asked.push(id);
  return Promise.resolve(id === 'ghost' ? null : id.startsWith('mod') ? { ...MODERATOR, id } : person(id));
};
/** `🟢 mod kim` stands under the message. */
const stateOf = (messageId: string, ...standing: string[]) => ({
  communityId: PLACE.communityId,
  channelId: PLACE.channelId,
  messageId,
  reactions: standing.map((one) => {
    const [emoji = '', ...personIds] = one.split(' ');
    return { emoji, personIds };
  }),
});
async function reconcile(messageId: string, ...standing: string[]): Promise<number> {
  asked = [];
  const count = await running.adapter.hub.reconcile(stateOf(messageId, ...standing), personOf);
  await settled();
  return count;
}

describe('where an adapter left off', () => {
  it('is at the newest message of a person, however late an older one was met', async () => {
    const hub = running.adapter.hub;
    expect(await hub.lastSeen('room')).toBeNull();
    await say('900', 'negative', true);
    await say('1000', 'negative');
    await say('77', 'positive');
    expect(await hub.lastSeen('room')).toBe('1000');
    expect(await hub.lastSeen('elsewhere')).toBeNull();
  });

  it('is at the last one met where ids are no numbers', async () => {
    await say('b', 'negative');
    await say('a', 'negative');
    expect(await running.adapter.hub.lastSeen('room')).toBe('a');
  });
});

describe('messages that may be corrected', () => {
  it('are those whose text is there, newest first, and Nunchi’s answers as the platform calls them', async () => {
    for (const id of ['1', '2', '3']) await say(id, 'negative', id === '2');
    await tell('deletion', { type: 'deletion', ...PLACE, messageId: '3' });
    await settled();
    const answer = bench.service.messages[0]?.id ?? '';
    expect(await running.adapter.hub.correctable('room', 10)).toEqual([answer, '2', '1']);
    expect(await running.adapter.hub.correctable('room', 2)).toEqual([answer, '2']);
  });
});

describe('reactions that stand now', () => {
  it('leave alone what was chosen in a dialog or with a button', async () => {
    await say('1', 'negative');
    const known = await bench.store.messages.find('fake', 'room', '1');
    const word = { messageId: known?.id ?? '', platform: 'fake', personId: 'mod', moderator: true };
    await bench.store.feedback.record({ ...word, emoji: CHOSEN, label: 'neutral', action: 'added' });
    expect(await reconcile('1')).toBe(0);
    expect(await labelOf('1')).toBe('neutral');
  });

  it.each([
    ['a moderator’s that came meanwhile', [], ['🟢 mod'], 'positive', 1],
    ['nothing new', ['mod🟢'], ['🟢 mod'], 'positive', 0],
    ['one taken back by somebody who is no longer there', ['mod🟢'], [], undefined, 1],
    ['one taken back by somebody who put another', ['mod🟢'], ['🔴 mod'], 'negative', 2],
    ['one of two moderators taken back', ['mod1🔴', 'mod2🟢'], ['🔴 mod1'], 'negative', 1],
    ['ordinary ones', [], ['👍 mod', '❤️ mod', '👎 mod'], undefined, 0],
    ['of somebody who is gone', [], ['🟢 ghost'], undefined, 0],
    ['three people’s', [], ['🟢 a b c'], 'positive', 3],
    ['one who has asked to be left out', [], ['🟢 a b left-out'], undefined, 2],
    ['written with a variation selector', ['mod⚪'], ['⚪\uFE0F mod'], 'neutral', 0],
  ])('%s', async (_name, before, now, label, differences) => {
    await bench.store.people.leaveOut('fake', 'left-out', true);
    await say('1', 'negative');
    for (const word of before) {
      const [, who = '', emoji = ''] = /^(\w+)(.+)$/u.exec(word) ?? [];
      await react('1', { ...MODERATOR, id: who }, emoji);
    }
    expect(await reconcile('1', ...now)).toBe(differences);
    expect(await labelOf('1')).toBe(label);
    expect(await reconcile('1', ...now)).toBe(0);
    expect(await labelOf('1')).toBe(label);
  });

  it('come and go as often as Nunchi is away', async () => {
    await say('1', 'negative');
    for (let time = 0; time < 3; time += 1) {
      expect(await reconcile('1', '🟢 mod')).toBe(1);
      expect(await labelOf('1')).toBe('positive');
      expect(await reconcile('1')).toBe(1);
      expect(await labelOf('1')).toBeUndefined();
    }
  });

  it('count under Nunchi’s answer as there', async () => {
    await say('1', 'negative', true);
    const answer = bench.service.messages[0]?.id ?? '';
    await react('1', MODERATOR, '🟢');
    expect(await reconcile(answer, '👍 mod2')).toBe(1);
    expect(await labelOf('1')).toBe('negative');
    expect(await reconcile(answer)).toBe(1);
    expect(await labelOf('1')).toBe('positive');
  });

  it('go by the emoji of the community', async () => {
    await bench.settings.change('fake', 'home', {
      emoji: { positive: ['party_parrot'], neutral: [], negative: [], forget: [] },
    });
    await say('1', 'negative');
    await reconcile('1', 'party_parrot mod');
    expect(await labelOf('1')).toBe('positive');
  });

  it('keep the weight of a moderator who is none any more, and ask only for people who are new', async () => {
    await say('1', 'negative');
    await react('1', { ...MODERATOR, id: 'former' }, '🟢');
    await reconcile('1', '🟢 former kim');
    expect(asked).toEqual(['kim']);
    expect(await labelOf('1')).toBe('positive');
  });

  it('say nothing of a text that was edited since', async () => {
    await say('1', 'negative');
    await react('1', MODERATOR, '🟢');
    await tell('edit', { type: 'edit', ...PLACE, messageId: '1', text: 'neutral now' });
    await settled();
    expect(await reconcile('1', '🟢 mod')).toBe(0);
    expect(await labelOf('1')).toBeUndefined();
  });

  it('do not lead back to somebody who had themselves erased', async () => {
    await say('1', 'negative');
    await react('1', MODERATOR, '🟢');
    await bench.store.people.erase('fake', 'mod');
    expect(await reconcile('1', '🟢 mod')).toBe(0);
    expect((await bench.store.people.dataOf('fake', 'mod')).feedback).toEqual([]);
    expect(await labelOf('1')).toBe('positive');
  });

  it('of a message that Nunchi does not know are nothing', async () => {
    expect(await reconcile('9', '🟢 mod')).toBe(0);
  });
});

describe('reactions that are told of meanwhile', () => {
  it('and not handled yet come first', async () => {
    await say('1', 'negative');
    await react('1', MODERATOR, '🔴');
    await running.platform.stop();
    const keep = (key: string, action: 'added' | 'removed', emoji: string) =>
      bench.store.inbox.add({ platform: 'fake', key, content: reaction('1', MODERATOR, emoji, action) });
    // Told of before the process died; then taken back, and put again, while there was none.
    await keep('added before', 'added', '🟢');
    await keep('removed before', 'removed', '🔴');
    running = bench.begin();
    const { adapter } = running;
    const connect = adapter.connect.bind(adapter);
    adapter.connect = async (hub: AdapterHub) => {
      await connect(hub);
      await hub.correctable('room', 10);
      await hub.reconcile(stateOf('1', '🔴 mod'), personOf);
    };
    await running.platform.start();
    await settled();
    expect(await labelOf('1')).toBe('negative');
    expect(await reconcile('1', '🔴 mod')).toBe(0);
  });

  it('under a message that was missed as well, and waits', async () => {
    await running.platform.stop();
    running = bench.begin();
    const { adapter } = running;
    const connect = adapter.connect.bind(adapter);
    const found: number[] = [];
    adapter.connect = async (hub: AdapterHub) => {
      await connect(hub);
      await hub.accept('missed', {
        type: 'message',
        message: message('7', 'negative', { addressed: false }),
      });
      found.push(await hub.reconcile(stateOf('7', '🟢 mod', '👍 kim'), personOf));
      found.push(await hub.reconcile(stateOf('8', '🟢 mod'), personOf));
    };
    await running.platform.start();
    await settled();
    expect(found).toEqual([1, 0]);
    expect(await labelOf('7')).toBe('positive');
  });

  it('and are newer than what the platform said stand', async () => {
    await say('1', 'negative');
    await react('1', { ...MODERATOR, id: 'mod2' }, '⚪');
    await running.adapter.hub.correctable('room', 10);
    const saidBefore = stateOf('1', '⚪ mod2');
    await react('1', MODERATOR, '🟢');
    await react('1', { ...MODERATOR, id: 'mod2' }, '⚪', 'removed');
    expect(await running.adapter.hub.reconcile(saidBefore, personOf)).toBe(0);
    await settled();
    expect(await labelOf('1')).toBe('positive');
    await tell('cleared', { type: 'reactions-cleared', ...PLACE, messageId: '1', emoji: null });
    await settled();
    expect(await running.adapter.hub.reconcile(stateOf('1', '🟢 mod'), personOf)).toBe(0);
    await settled();
    expect(await labelOf('1')).toBeUndefined();
  });
});
