// What happened while Nunchi was away: fetched once, in order, within bounds.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, startBench, until } from './bench.js';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.stop());

const texts = () =>
  bench.hub.events.flatMap((event) => (event.type === 'message' ? [event.message.text] : []));

describe('missed messages', () => {
  it('are fetched oldest first, before what comes now, only where Nunchi knows the channel', async () => {
    const { fake, channel, guild, person, hub } = bench;
    const unknown = fake.createChannel(guild, 'unknown');
    hub.seen.set(channel, fake.say(channel, person, 'known'));
    for (let index = 0; index < 130; index += 1) fake.say(channel, person, `missed ${index}`);
    fake.say(unknown, person, 'elsewhere');
    const connected = bench.adapter.connect(hub);
    await fake.until(() => fake.gateway.connected === 1, 'a session');
    fake.say(channel, person, 'now');
    await connected;
    await bench.events(131);
    expect(texts()).toEqual([...Array.from({ length: 130 }, (_, index) => `missed ${index}`), 'now']);
  });

  it('are fetched once, though a resume and a fetch bring the same', async () => {
    const { fake, channel, person, hub } = bench;
    await bench.adapter.connect(hub);
    hub.seen.set(channel, fake.say(channel, person, 'known'));
    await bench.events(1);
    fake.gateway.forgetSessions();
    fake.gateway.disconnect();
    fake.say(channel, person, `missed <@${fake.botId}>`);
    await bench.events(2);
    expect(hub.events[1]).toMatchObject({ message: { text: 'missed', addressed: true } });
    expect(fake.gateway.counters.refusedResumes).toBe(1);
    expect(hub.keys).toHaveLength(2);
  });

  it.each([
    ['breaks', 4],
    ['breaks for longer', 7],
  ])('are fetched again where the connection %s', async (_how, times) => {
    const { fake, channel, person, hub } = bench;
    hub.seen.set(channel, fake.say(channel, person, 'known'));
    fake.say(channel, person, 'missed');
    fake.faults.next('GET /channels/:channel/messages', { kind: 'drop', applied: false }, times);
    await bench.adapter.connect(hub);
    await bench.events(1);
    expect(texts()).toEqual(['missed']);
  });

  it('of direct channels are found again after a restart', async () => {
    const { fake, person, hub } = bench;
    await bench.adapter.connect(hub);
    const direct = fake.directChannel(person);
    hub.seen.set(direct, fake.directMessage(person, 'before'));
    await until(() => bench.notes.content.has('direct-channels'), 'the note');
    await bench.adapter.disconnect();
    await bench.adapter.close();
    fake.directMessage(person, 'while away');
    await bench.another().connect(hub);
    await bench.events(2);
    expect(hub.events[1]).toMatchObject({ message: { text: 'while away', communityId: `dm:${direct}` } });
  });

  it('of direct channels can be found again as soon as one of their messages was handed over', async () => {
    const { fake, person, hub, notes } = bench;
    const write = notes.write.bind(notes);
    let noted: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (noted = resolve));
    let writing = false;
    notes.write = async (name, content) => {
      if (name === 'direct-channels') {
        writing = true;
        await late;
      }
      await write(name, content);
    };
    await bench.adapter.connect(hub);
    fake.directMessage(person, 'first');
    fake.say(bench.channel, person, 'elsewhere');
    await until(() => writing && hub.events.length > 0, 'the note being written');
    expect(texts()).toEqual(['elsewhere']);
    noted();
    await bench.events(2);
    expect(notes.content.get('direct-channels')).toEqual([fake.directChannel(person)]);
  });

  it('are left where they are too old or too many, or may not be read', async () => {
    const { fake, channel, guild, person, hub } = bench;
    const closed = fake.createChannel(guild, 'closed');
    for (const one of [channel, closed]) hub.seen.set(one, fake.say(one, person, 'known'));
    fake.say(channel, person, 'too old');
    fake.say(closed, person, 'unseen');
    fake.allowBot(closed, ['ViewChannel']);
    fake.clock.advance(25 * 60 * 60_000);
    for (const text of ['one', 'two', 'three']) fake.say(channel, person, text);
    await bench.another({ missedAtMost: 2, now: () => fake.clock.now() }).connect(hub);
    await until(() => bench.lines.find((line) => line.includes('more missed messages')), 'the line');
    expect(texts()).toEqual(['one', 'two']);
  });
});

describe('reactions, edits and deletions meanwhile', () => {
  it('are reconciled with what stands there now', async () => {
    const { fake, channel, person, moderator, guild, hub } = bench;
    const emoji = fake.createEmoji(guild, 'glad');
    const other = fake.createUser('another bot', { bot: true });
    fake.addMember(guild, other);
    const said = ['reacted', 'untouched', 'edited', 'deleted'].map((text) => fake.say(channel, person, text));
    const [reacted = '', untouched = '', edited = '', deleted = ''] = said;
    fake.react(reacted, moderator, '🟢');
    fake.react(reacted, person, '🟢');
    fake.react(reacted, other, '🟢');
    fake.react(reacted, person, '🟢', { burst: true });
    fake.react(reacted, person, emoji);
    fake.edit(edited, 'edited since');
    fake.remove(deleted);
    hub.seen.set(channel, edited);
    hub.correctables.set(channel, [...said].reverse());
    await bench.adapter.connect(hub);
    await until(() => hub.states.length === 3, 'the states');
    expect(hub.states.map(({ state }) => [state.messageId, state.reactions])).toEqual([
      [edited, []],
      [untouched, []],
      [
        reacted,
        [
          { emoji: '🟢', personIds: [person, moderator] },
          { emoji, personIds: [person] },
        ],
      ],
    ]);
    expect(hub.states[2]?.people).toMatchObject([
      { id: person, moderates: false },
      { id: moderator, moderates: true },
    ]);
    expect(hub.events).toMatchObject([
      { type: 'deletion', messageId: deleted },
      { type: 'edit', messageId: edited, text: 'edited since' },
    ]);
  });

  it('count under a message that was missed itself', async () => {
    const { fake, channel, person, moderator, hub } = bench;
    hub.seen.set(channel, fake.say(channel, person, 'known'));
    const [marked, plain] = [fake.say(channel, person, 'missed'), fake.say(channel, person, 'missed too')];
    fake.react(marked, moderator, '🟢');
    await bench.adapter.connect(hub);
    await until(() => hub.states.length > 0, 'what stands there');
    expect(texts()).toEqual(['missed', 'missed too']);
    expect(hub.states.map(({ state }) => [state.messageId, state.reactions])).toEqual([
      [marked, [{ emoji: '🟢', personIds: [moderator] }]],
    ]);
    expect(hub.states.some(({ state }) => state.messageId === plain)).toBe(false);
  });

  it('erase nothing of which Discord does not say that it is gone', async () => {
    const { fake, channel, person, hub } = bench;
    const missing = fake.say(channel, person, 'not in the list');
    const there = fake.say(channel, person, 'in the list');
    fake.remove(missing);
    hub.seen.set(channel, there);
    hub.correctables.set(channel, [there, missing]);
    fake.faults.next('GET /channels/:channel/messages/:message', { kind: 'error', code: 50001 });
    await bench.adapter.connect(hub);
    fake.say(channel, person, 'afterwards');
    const [first] = await bench.events(1);
    expect(first).toMatchObject({ type: 'message', message: { text: 'afterwards' } });
    expect(hub.states).toMatchObject([{ state: { messageId: there } }]);
  });
});
