// Processes that die, connections that break: everything is answered once in effect.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DurableBench, startDurableBench } from './durable-bench.js';

let bench: DurableBench;

beforeEach(async () => {
  bench = await startDurableBench();
});
afterEach(() => bench.stop());

const ask = (text: string) => bench.fake.say(bench.channel, bench.person, `<@${bench.fake.botId}> ${text}`);
const answersTo = (id: string) => bench.fake.sent.messages.filter(({ replyTo }) => replyTo === id);
const answered = (id: string) => bench.fake.until(() => answersTo(id).length > 0, `an answer to ${id}`);

describe('a question is answered once', () => {
  it.each([
    ['while Discord still knows the nonce', 0],
    ['after Discord has forgotten it', 60 * 60_000],
  ])('where the process dies after it was sent and before that is noted, %s', async (_when, later) => {
    let sent: () => void = () => undefined;
    const sending = new Promise<void>((resolve) => (sent = resolve));
    const dying = bench.begin({}, (adapter) => ({
      ...adapter,
      async send(delivery) {
        await adapter.send(delivery);
        sent();
        return new Promise<never>(() => undefined);
      },
    }));
    await dying.platform.start();
    const question = ask('a positive word');
    await sending;
    await dying.platform.stop();
    expect(answersTo(question)).toHaveLength(1);
    bench.fake.clock.advance(later);
    await bench.begin().platform.start();
    const next = ask('a negative word');
    await answered(next);
    expect(answersTo(question)).toHaveLength(1);
    expect(answersTo(next)).toHaveLength(1);
  });

  it('where it was asked while Nunchi was away', async () => {
    const first = bench.begin();
    await first.platform.start();
    await answered(ask('a positive word'));
    await first.platform.stop();
    const missed = ask('a negative word');
    const second = bench.begin();
    await second.platform.start();
    await answered(missed);
    bench.fake.gateway.disconnect();
    await answered(ask('a neutral word'));
    expect(bench.fake.sent.messages).toHaveLength(3);
  });

  it('where the line breaks and Discord delivers again', async () => {
    await bench.begin().platform.start();
    const questions: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      questions.push(ask(`a positive word ${round}`));
      bench.fake.gateway.disconnect();
      questions.push(ask(`a negative word ${round}`));
      await answered(questions.at(-1) ?? '');
    }
    await Promise.all(questions.map(answered));
    expect(questions.map((id) => answersTo(id).length)).toEqual(questions.map(() => 1));
  });
});

describe('reactions while Nunchi was away', () => {
  it('count, and those taken back count no longer', async () => {
    const { fake, store, channel, moderator } = bench;
    const first = bench.begin();
    await first.platform.start();
    const [kept, taken] = [ask('a positive word'), ask('a negative word')];
    await Promise.all([kept, taken].map(answered));
    const labelOf = async (id: string) => {
      const known = await store.messages.find('discord', channel, id);
      return (await store.feedback.current([known?.id ?? ''])).get(known?.id ?? '')?.label;
    };
    const label = (id: string, expected: string | undefined) =>
      vi.waitFor(async () => expect(await labelOf(id)).toBe(expected), { timeout: 20_000, interval: 10 });
    fake.react(taken, moderator, '🟢');
    await label(taken, 'positive');
    await first.platform.stop();
    fake.unreact(taken, moderator, '🟢');
    fake.react(kept, moderator, '🔴');
    await bench.begin().platform.start();
    await label(kept, 'negative');
    await label(taken, undefined);
  });
});

describe('a flood', () => {
  it('of 1,000 reactions on one message does not keep a question elsewhere waiting', async () => {
    const { fake, guild, person } = bench;
    const elsewhere = fake.createChannel(guild, 'elsewhere');
    await bench.begin().platform.start();
    const flooded = ask('a positive word');
    await answered(flooded);
    const people = Array.from({ length: 500 }, (_, index) => fake.createMember(guild, `p${index}`));
    for (const one of people) fake.react(flooded, one, '🔴');
    for (const one of people) fake.unreact(flooded, one, '🔴');
    const question = fake.say(elsewhere, person, `<@${fake.botId}> negative?`);
    await answered(question);
    expect(answersTo(question)).toHaveLength(1);
  });
});
