// From one seed everything that happens in a soak. Random, but never such that the rules leave open what is to come of it: the
// order of two things that were both missed is known to nobody, so that none matters in a round in which something breaks.
import { createRandom } from '../../src/bert/random.js';
import { meaningOf } from './expectation.js';
import {
  CHANNELS,
  CROWD,
  DIRECT,
  EMOJI,
  type Emoji,
  eventsIn,
  isDirect,
  LINE_TROUBLES,
  MODERATORS,
  PEOPLE,
  personOfDirect,
  type Platform,
  PLATFORMS,
  type Reaction,
  type Round,
  type SaidMessage,
  type Step,
} from './steps.js';

export interface PlanConfig {
  events: number;
  seed: number;
  /** Of the process; at most as many as Nunchi may start within ten minutes. */
  kills: number;
  floods: number;
  eventsInRound?: number;
}

/** What Nunchi looks at after it was away: 50 messages of a channel, its answers among them. */
const WITHIN_REACH = 8;
const NEW_IN_A_PLACE = 12;
const FAR = 60;
const COMMANDS = ['help', 'check', 'why', 'queue', 'privacy', 'model'];
/** Asked in a message instead of being read. */
const ASKED = ['도움말', 'help', '모델', 'model', '왜?', 'why?'];
const WORDS = [
  [
    '이 영화 정말 재미있어요',
    '배송이 빨라서 좋았어요',
    '서비스가 별로네요',
    '너무 지루하고 재미없다',
    '오늘 회의는 세 시에 시작합니다',
  ],
  [
    'this movie is great',
    'what a terrible day',
    'i hate this',
    'the meeting starts at three today',
    'i love it',
  ],
];

interface Planned extends SaidMessage {
  round: number;
  /** Deleted or flooded: nothing more happens to it. */
  closed: boolean;
  /** Standing reactions. */
  given: Map<string, Reaction>;
  /** In the round that is being planned. */
  touched: Set<string>;
  changed: boolean;
}

const keyOf = ({ onAnswer, person, emoji }: Reaction) => `${onAnswer}/${person}/${emoji}`;
const isWord = ({ emoji, onAnswer }: Pick<Reaction, 'emoji' | 'onAnswer'>) =>
  meaningOf(emoji, onAnswer) !== null;

export function createPlan(config: PlanConfig): Round[] {
  const { events, seed, kills, floods, eventsInRound = 200 } = config;
  const random = createRandom(seed);
  const chance = (part: number) => random.next() < part;
  const below = (count: number) => Math.floor(random.next() * count);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;

  const messages: Planned[] = [];
  const byPlace = new Map<string, Planned[]>();
  const at = (platform: Platform, place: number) => {
    const key = `${platform}/${place}`;
    const found = byPlace.get(key) ?? [];
    byPlace.set(key, found);
    return found;
  };
  let round = 0;
  let calm = true;

  const text = () => (chance(0.04) ? pick(ASKED) : `${pick(pick(WORDS))} ${below(10_000)}`);

  function say(platform: Platform, place: number, kind?: SaidMessage['kind']): Step | null {
    const here = at(platform, place);
    if (kind === undefined && here.filter((one) => one.round === round).length >= NEW_IN_A_PLACE) return null;
    const direct = isDirect(place);
    const answered = here
      .filter((one) => one.kind !== 'overheard' && one.round < round && !one.closed)
      .slice(-4);
    const replies = !direct && platform === 'discord' && kind === undefined && chance(0.1) ? answered : [];
    const threads = !direct && platform === 'slack' && kind === undefined && chance(0.15) ? answered : [];
    const roots = threads.filter((one) => one.thread === null);
    const thread = roots.length === 0 ? null : pick(roots);
    // Whoever asked goes on in the thread without a mention, which Nunchi forgets when it starts again.
    const others = Array.from({ length: PEOPLE - 1 }, (_, one) => one).filter(
      (one) => one !== thread?.author,
    );
    const said: SaidMessage = {
      id: messages.length,
      platform,
      place,
      author: direct ? personOfDirect(place) : pick(others),
      kind:
        kind ?? (direct ? 'direct' : replies.length > 0 ? 'reply' : chance(0.35) ? 'mention' : 'overheard'),
      text: text(),
      repliesTo: replies.length > 0 ? pick(replies).id : null,
      thread: thread?.id ?? null,
    };
    const planned = {
      ...said,
      round,
      closed: false,
      given: new Map(),
      touched: new Set<string>(),
      changed: false,
    };
    messages.push(planned);
    here.push(planned);
    return { type: 'message', ...said };
  }

  /** A message that may still be changed or reacted to. */
  function target(fits: (message: Planned) => boolean): Planned | null {
    const platform = pick(PLATFORMS);
    const here = at(platform, below(CHANNELS + DIRECT));
    const old = here.filter((one) => one.round < round).slice(calm ? -FAR : -WITHIN_REACH);
    const found = [...old, ...here.filter((one) => one.round === round)].filter(
      (one) => !one.closed && fits(one),
    );
    return found.length === 0 ? null : pick(found);
  }

  function edit(): Step | null {
    const message = target((one) => calm || (one.touched.size === 0 && !one.changed));
    if (message === null) return null;
    message.changed = true;
    message.text = text();
    return { type: 'edit', message: message.id, text: message.text };
  }

  function remove(): Step | null {
    const message = target((one) => calm || (one.touched.size === 0 && !one.changed));
    if (message === null) return null;
    message.closed = true;
    return { type: 'deletion', message: message.id };
  }

  function mayGive(message: Planned, reaction: Reaction): boolean {
    if (message.given.has(keyOf(reaction))) return false;
    if (calm) return true;
    if (message.changed || message.touched.has(keyOf(reaction))) return false;
    if (!isWord(reaction)) return true;
    // The latest word counts: of all moderators, and of each other person.
    return !message.touched.has(reaction.person < MODERATORS ? 'moderator' : `person ${reaction.person}`);
  }

  function react(): Step | null {
    const message = target((one) => !isDirect(one.place));
    if (message === null) return null;
    const onAnswer = message.kind !== 'overheard' && message.round < round && chance(0.4);
    const person = chance(0.35) ? below(MODERATORS) : below(PEOPLE - 1);
    // People who agree, so that there is a quorum now and then.
    const usual: Emoji[] = ['positive', 'neutral', 'negative'];
    const emoji = chance(0.4) ? (usual[message.id % 3] as Emoji) : pick(EMOJI);
    const reaction: Reaction = { message: message.id, onAnswer, person, emoji };
    if (!mayGive(message, reaction)) return null;
    message.given.set(keyOf(reaction), reaction);
    message.touched.add(keyOf(reaction));
    if (isWord(reaction)) message.touched.add(person < MODERATORS ? 'moderator' : `person ${person}`);
    return { type: 'reaction', ...reaction };
  }

  function takeBack(): Step | null {
    const message = target((one) => one.given.size > 0 && (calm || !one.changed));
    if (message === null) return null;
    const reaction = pick([...message.given.values()]);
    if (!calm && message.touched.has(keyOf(reaction))) return null;
    message.given.delete(keyOf(reaction));
    message.touched.add(keyOf(reaction));
    return { type: 'reaction-taken-back', ...reaction };
  }

  function clear(): Step | null {
    const message = target(
      (one) =>
        one.platform === 'discord' &&
        [...one.given.values()].some(({ onAnswer }) => !onAnswer) &&
        (calm || (one.touched.size === 0 && !one.changed)),
    );
    if (message === null) return null;
    const under = [...message.given.values()].filter(({ onAnswer }) => !onAnswer);
    const emoji = chance(0.5) ? null : pick(under).emoji;
    for (const reaction of under)
      if ((emoji ?? reaction.emoji) === reaction.emoji) message.given.delete(keyOf(reaction));
    message.changed = true;
    return { type: 'reactions-cleared', message: message.id, emoji };
  }

  function event(): Step | null {
    const what = random.next();
    if (what < 0.45) return say(pick(PLATFORMS), below(CHANNELS + DIRECT));
    if (what < 0.53) return edit();
    if (what < 0.56) return remove();
    if (what < 0.85) return react();
    if (what < 0.94) return takeBack();
    if (what < 0.96) return clear();
    return { type: 'command', platform: pick(PLATFORMS), place: below(CHANNELS), name: pick(COMMANDS) };
  }

  function flood(platform: Platform): Step | null {
    const message = at(platform, below(CHANNELS))
      .slice(-WITHIN_REACH)
      .findLast((one) => !one.closed && !one.changed && one.given.size === 0);
    if (message === undefined) return null;
    message.closed = true;
    return { type: 'flood', message: message.id, emoji: chance(0.7) ? 'positive' : 'up' };
  }

  /** Put in anywhere; a start comes somewhere after its kill. */
  function trouble(steps: Step[], killed: boolean): void {
    const somewhere = (from = 0) => from + below(steps.length - from + 1);
    const lines: Step[] = [];
    if (chance(0.7)) lines.push({ type: 'line', platform: 'discord', trouble: pick(LINE_TROUBLES.discord) });
    if (chance(0.35)) lines.push({ type: 'line', platform: 'slack', trouble: pick(LINE_TROUBLES.slack) });
    for (const line of lines) steps.splice(somewhere(), 0, line);
    if (!killed) return;
    const when = somewhere();
    steps.splice(when, 0, { type: 'kill' });
    steps.splice(Math.min(steps.length, when + 1 + below(40)), 0, { type: 'start', wait: chance(0.5) });
  }

  /** To every place: Nunchi looks up what it missed where it has been before. */
  function firstRound(): Step[] {
    return PLATFORMS.flatMap((platform) =>
      Array.from({ length: CHANNELS + DIRECT }, (_, place) =>
        say(platform, place, isDirect(place) ? 'direct' : 'mention'),
      ),
    ).filter((step) => step !== null);
  }

  const rounds: Round[] = [{ steps: firstRound(), calm: true }];
  let left = events - (rounds[0]?.steps.length ?? 0);
  const ordinary = Math.max(1, Math.ceil((left - CROWD * floods) / eventsInRound));
  // The second half of a soak is one life of the process, in which memory can be watched.
  const killEvery = Math.max(1, Math.floor(ordinary / 2 / kills));
  const killedIn = new Set(Array.from({ length: kills }, (_, one) => 1 + one * killEvery));
  const floodedIn = new Set(
    Array.from({ length: floods }, (_, one) => 1 + Math.floor(((one + 0.5) * ordinary) / floods)),
  );
  for (round = 1; left > 0; round += 1) {
    const killed = killedIn.has(round);
    calm = !killed && chance(0.3);
    for (const message of messages) {
      message.touched.clear();
      message.changed = false;
    }
    const steps: Step[] = [];
    const size = Math.min(left, eventsInRound);
    for (let tries = 0; steps.length < size && tries < 20 * size; tries += 1) {
      const step = event();
      if (step !== null) steps.push(step);
    }
    if (floodedIn.has(round) && left > CROWD) {
      const flooding = flood(PLATFORMS[round % 2] as Platform) ?? flood('discord') ?? flood('slack');
      // After what is said in the round.
      if (flooding !== null) steps.push(flooding);
    }
    if (!calm) trouble(steps, killed);
    if (chance(0.5)) steps.splice(below(steps.length + 1), 0, { type: 'redelivery' });
    if (chance(0.6)) steps.splice(below(steps.length + 1), 0, { type: 'faults', which: below(1_000) });
    // What is answered last was said last.
    for (const platform of PLATFORMS) steps.push({ type: 'message', ...fence(platform) });
    left -= steps.reduce((sum, step) => sum + eventsIn(step), 0);
    rounds.push({ steps, calm });
  }
  return rounds;

  function fence(platform: Platform): SaidMessage {
    const step = say(platform, 0, 'mention');
    if (step?.type !== 'message') throw new Error('a mention can always be said');
    const { type: _, ...said } = step;
    return said;
  }
}
