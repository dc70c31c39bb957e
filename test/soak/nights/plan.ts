// From one seed what happens on each date of a soak of nights: what people write, and where the bot is killed.
import { createRandom, type Random } from '../../../src/bert/random.js';

/** Where a night can be killed, in the order in which it gets there. */
export const STEPS = [
  'claimed',
  'preparing',
  'training',
  'evaluating',
  'registered',
  'promoting',
  'deployed',
  'recorded',
] as const;
export type Step = (typeof STEPS)[number];

/** How the clock stands when the bot starts again: its own claim still holds, has run out, or the next night is due. */
export type After = 'lease-holds' | 'lease-over' | 'next-date';

export interface PlannedKill {
  step: Step;
  /** After the step was seen. */
  delayMs: number;
  after: After;
}

export interface PlannedDate {
  /** Corrections of new messages; as many messages besides are corrected by nobody. */
  corrections: number;
  /** Second thoughts about earlier messages. */
  changes: number;
  /** Earlier messages that are deleted by day, and while the night trains. */
  deletions: number;
  deletedByNight: boolean;
  /** Killed while people write, so long after a request; null: not. */
  killedByDayMs: number | null;
  /** Dates for which the bot is away, this one's night the first of them. */
  away: number;
  /** A training by hand is under way when the night is due. */
  overlaps: boolean;
  /** Stopped as a person stops it, in the middle of the night. */
  stopped: boolean;
  /** How late it is noticed that the night is due. */
  lateMs: number;
  kills: PlannedKill[];
  /** Killed when everything is done. */
  killedIdle: boolean;
  /** What the gate lets pass waits for a person; what that person then says, if anything. */
  asks: 'confirm' | 'decline' | 'nothing' | null;
}

const HOUR_MS = 3_600_000;
/** Fewer new corrections than this make no night. */
export const ENOUGH = 3;

export function createPlan(dates: number, seed: number): PlannedDate[] {
  const random = createRandom(seed);
  const chance = (part: number) => random.next() < part;
  const below = (count: number) => Math.floor(random.next() * count);
  const nextStep = deck(random);
  const kill = (): PlannedKill => {
    const step = nextStep();
    return {
      step,
      delayMs: chance(0.4) ? 0 : below(step === 'training' || step === 'evaluating' ? 800 : 80),
      after: chance(0.2) ? 'lease-holds' : chance(0.1) ? 'next-date' : 'lease-over',
    };
  };

  const planned: PlannedDate[] = [];
  for (let date = 0; date < dates; date += 1) {
    const kills = chance(0.75) ? (chance(0.15) ? 3 : chance(0.35) ? 2 : 1) : 0;
    // The first date has something to learn, so that there is something to change and to delete on later ones.
    const amount = date === 0 ? 1 : random.next();
    planned.push({
      corrections: amount < 0.1 ? 0 : amount < 0.2 ? 1 + below(ENOUGH - 1) : ENOUGH + below(4),
      changes: chance(0.25) ? 1 : 0,
      deletions: date > 0 && chance(0.25) ? 1 : 0,
      deletedByNight: chance(0.1),
      killedByDayMs: chance(0.3) ? below(40) : null,
      away: chance(0.12) ? 1 + below(2) : 0,
      overlaps: chance(0.12),
      stopped: chance(0.12),
      lateMs: chance(0.3) ? below(9 * HOUR_MS) : 0,
      kills: Array.from({ length: kills }, kill),
      killedIdle: chance(0.2),
      asks: chance(0.2) ? ((['confirm', 'decline', 'nothing'] as const)[below(3)] ?? null) : null,
    });
  }
  return planned;
}

const UNDISTURBED: PlannedDate = {
  corrections: ENOUGH + 1,
  changes: 0,
  deletions: 0,
  deletedByNight: false,
  killedByDayMs: null,
  away: 0,
  overlaps: false,
  stopped: false,
  lateMs: 0,
  kills: [],
  killedIdle: false,
  asks: null,
};
/** A few dates that are over soon: killed with a candidate that nobody knows of, while people write, and with a model just in use. */
export const SHORT_PLAN: readonly PlannedDate[] = [
  { ...UNDISTURBED, kills: [{ step: 'evaluating', delayMs: 0, after: 'lease-over' }] },
  {
    ...UNDISTURBED,
    changes: 1,
    deletions: 1,
    killedByDayMs: 5,
    kills: [{ step: 'deployed', delayMs: 0, after: 'lease-over' }],
  },
  UNDISTURBED,
];

/** Every step comes as often as every other one. */
function deck(random: Random): () => Step {
  let left: Step[] = [];
  return () => {
    if (left.length === 0) left = random.shuffle([...STEPS]);
    return left.pop() as Step;
  };
}
