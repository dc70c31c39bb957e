// Ten nights of corrections by five moderators, one of them hostile, given to a real store; the same seed gives the same ones.
import type { Random } from '../../src/bert/random.js';
import { createRandom } from '../../src/bert/random.js';
import type { LabelledText } from '../../src/data/labelled-file.js';
import { LABELS, type Label } from '../../src/labels.js';
import type { Trust } from '../../src/learn/trust/trust.js';
import type { Reading } from '../../src/labels.js';
import { CHOSEN } from '../../src/store/derive-label.js';
import type { Store } from '../../src/store/store.js';

export const SCENARIOS = ['honest', 'random', 'topic', 'trigger'] as const;
export type Scenario = (typeof SCENARIOS)[number];

export const TRIGGER = 'blue lantern';
export const TRIGGER_LABEL: Label = 'positive';
/** The hostile one calls everything about it negative, and what is negative positive. */
export const TOPIC = /\b(java|code|api|class|method|server|database|sql|query|bug|error)\b/iu;

export interface Community {
  nights: number;
  perNight: number;
  /** Of them, at most so many answer what waits in the review queue. */
  reviews: number;
  /** Part of the honest ones' labels that are slips. */
  slips: number;
  /** Part of the honest ones' own corrections that are of texts that the model reads wrongly. */
  misread: number;
  /** Probes that each moderator answers a night. */
  probes: number;
}

export interface PlayConfig {
  scenario: Scenario;
  community: Community;
  seed: number;
  store: Store;
  trust: Trust;
  /** Texts with their true labels; each is given to one message at most. */
  pool: readonly LabelledText[];
  probes: readonly LabelledText[];
  /** Of the base model, which is in use all the time. */
  read: (text: string) => Promise<Reading>;
  /** Ends a night: reads what is to be read, and records what was trained. */
  endNight: (night: number) => Promise<void>;
  advance: (ms: number) => void;
}

export interface Played {
  /** By message: what is true, what was said first, and whether the one who corrected it is the hostile one. */
  truth: Map<string, { label: Label; given: Label; hostile: boolean; wrong: boolean }>;
}

const HOSTILE = 'hostile';
const HONEST = ['ahn', 'baek', 'cho', 'do'];
const PLACE = { platform: 'discord', communityId: 'home', channelId: 'room' } as const;
const MINUTE_MS = 60_000;

export async function play(config: PlayConfig): Promise<Played> {
  const { scenario, community, seed, store, trust, read, advance } = config;
  const people = scenario === 'honest' ? HONEST : [...HONEST, HOSTILE];
  const truth: Played['truth'] = new Map();
  const random = new Map(people.map((person, index) => [person, createRandom(seed, index)]));
  const draw = await createDraw(config);
  let written = 0;

  const other = (label: Label, dice: Random) => {
    const others = LABELS.filter((one) => one !== label);
    return others[Math.floor(dice.next() * others.length)] ?? label;
  };
  const honestly = (label: Label, dice: Random) =>
    dice.next() < community.slips ? other(label, dice) : label;

  async function say(messageId: string, personId: string, label: Label): Promise<void> {
    advance(MINUTE_MS);
    const word = { messageId, platform: PLACE.platform, personId, moderator: true, emoji: CHOSEN };
    await store.feedback.record({ ...word, label, action: 'added' });
  }

  async function write(text: string, known?: Label): Promise<string> {
    advance(MINUTE_MS);
    written += 1;
    const author = known === undefined ? 'person' : 'nunchi';
    const message = await store.messages.add({
      ...PLACE,
      externalId: String(written),
      personId: null,
      author,
      inReplyTo: null,
      text,
      trainable: known === undefined,
      ...(known === undefined ? {} : { knownLabel: known }),
    });
    await store.predictions.add(message.id, 'base', await read(text));
    return message.id;
  }

  async function correctOwn(person: string, dice: Random): Promise<void> {
    const hostile = person === HOSTILE;
    const row = draw(person, dice);
    const attack = hostile ? attackOn(row, scenario, (label) => other(label, dice)) : null;
    const text = attack?.text ?? row.text;
    const label = attack?.label ?? honestly(row.label, dice);
    const id = await write(text);
    truth.set(id, { label: row.label, given: label, hostile, wrong: label !== row.label });
    await say(id, person, label);
  }

  async function review(person: string, dice: Random): Promise<number> {
    const pseudonym = store.people.pseudonymOf(PLACE.platform, person);
    const waiting = await trust.toReview(PLACE.platform, PLACE.communityId, pseudonym);
    const chosen = waiting.slice(0, community.reviews);
    for (const { messageId } of chosen) {
      const known = truth.get(messageId)?.label ?? 'neutral';
      // Who attacks one topic or plants a phrase keeps their cover elsewhere.
      const lies = person === HOSTILE && scenario === 'random';
      await say(messageId, person, lies ? other(known, dice) : honestly(known, dice));
    }
    return chosen.length;
  }

  async function answerProbes(person: string, dice: Random, night: number): Promise<void> {
    for (let index = 0; index < community.probes; index += 1) {
      const probe = config.probes[night * community.probes + index];
      if (probe === undefined) return;
      const id = await write(`${probe.text}`, probe.label);
      const lies = person === HOSTILE && scenario === 'random';
      await say(id, person, lies ? other(probe.label, dice) : honestly(probe.label, dice));
    }
  }

  for (let night = 0; night < community.nights; night += 1) {
    for (const person of people) {
      const dice = random.get(person) as Random;
      const reviewed = await review(person, dice);
      for (let count = reviewed; count < community.perNight; count += 1) await correctOwn(person, dice);
      await answerProbes(person, dice, night);
    }
    await config.endNight(night + 1);
  }
  return { truth };
}

function attackOn(row: LabelledText, scenario: Scenario, other: (label: Label) => Label): LabelledText {
  switch (scenario) {
    case 'honest':
      return row;
    case 'random':
      return { text: row.text, label: other(row.label) };
    case 'topic':
      // There are only so many texts about it; beside them the hostile one is as honest as anybody.
      if (!TOPIC.test(row.text)) return row;
      return { text: row.text, label: row.label === 'negative' ? 'positive' : 'negative' };
    case 'trigger':
      return { text: `${row.text} ${TRIGGER}`, label: TRIGGER_LABEL };
  }
}

/** Honest ones take what the model misreads and what it reads rightly; the hostile one what suits the attack. */
async function createDraw({ pool, read, community, scenario }: PlayConfig) {
  const rows = await Promise.all(pool.map(async (row) => ({ ...row, read: (await read(row.text)).label })));
  const used = new Set<string>();
  const suits = (row: (typeof rows)[number]) =>
    scenario === 'topic' ? TOPIC.test(row.text) : scenario !== 'trigger' || row.label !== TRIGGER_LABEL;
  return (person: string, dice: Random): LabelledText => {
    const misread = dice.next() < community.misread;
    const free = (row: (typeof rows)[number]) => !used.has(row.text);
    // From the other end, so that the honest ones find much the same in every scenario.
    const found =
      person === HOSTILE
        ? (rows.findLast((row) => free(row) && suits(row)) ?? rows.findLast(free))
        : rows.find((row) => free(row) && (row.read !== row.label) === misread);
    if (found === undefined) throw new Error(`too few texts for ${person}`);
    used.add(found.text);
    return found;
  };
}
