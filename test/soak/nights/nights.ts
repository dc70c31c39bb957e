// Simulated nights with random kills: people write by day, the bot learns by night, and is killed wherever it is; in the end
// nothing is lost and every date is accounted for.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createRandom } from '../../../src/bert/random.js';
import { until } from '../../fixtures/bot-process.js';
import { makeServedModel } from '../../serve/served-model.js';
import {
  checkAnswers,
  checkChallenger,
  checkDates,
  checkDeleted,
  checkDeployments,
  checkDirectories,
  checkLearned,
  checkNothingForgotten,
  checkRuns,
  checkSaid,
  type DateSeen,
} from './checks.js';
import { examineStopped } from './examine-stopped.js';
import { writeGate } from './gate.js';
import { createNightsHome } from './home.js';
import { createPeople, drawLabel, type Said } from './people.js';
import { ENOUGH, type PlannedDate, type Step } from './plan.js';
import { reach, type Before } from './reach.js';
import { countBy, describeNight } from './report.js';

export interface NightsOptions {
  plan: readonly PlannedDate[];
  /** Of what people say. */
  seed: number;
  onDate?: (line: string) => void;
}

export interface NightOfDate {
  date: string;
  /** What happened, in the order in which it did. */
  events: string[];
  /** As it is recorded; null: the bot was away all the time. */
  state: string | null;
  attempts: number;
  reason: string | null;
}

export interface NightsReport {
  dates: NightOfDate[];
  /** By where the bot was. */
  kills: Record<string, number>;
  starts: number;
  acknowledged: { messages: number; corrections: number; deletions: number };
  promotions: number;
  rules: Record<string, number>;
  /** Lines of the bot's log that tell of an error. */
  errors: string[];
  differences: string[];
  seconds: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Saturday; the clocks of Berlin are set forward over the time of the night of 29 March. */
const BEGIN = Date.parse('2026-03-14T12:00:00Z');
/** After the night's time, in winter and in summer. */
const NIGHT_MS = 14 * HOUR_MS;
const LEASE_MS = 120_000;
const MODELS_KEPT = 3;
const ENDED_MS = 240_000;
/** So ends a soak: everything comes to its end. */
const CALM = { overlaps: false, stopped: false, deletedByNight: false, kills: [] };

export async function runNights({ plan, seed, onDate }: NightsOptions): Promise<NightsReport> {
  const began = Date.now();
  const folder = mkdtempSync(path.join(tmpdir(), 'nunchi-nights-'));
  const [homeFolder, temporary] = [path.join(folder, 'home'), path.join(folder, 'tmp')];
  mkdirSync(temporary);
  await makeServedModel(path.join(folder, 'model'), 1);
  const random = createRandom(seed, 1);
  const below = (count: number) => Math.floor(random.next() * count);
  const people = createPeople();
  const home = createNightsHome({
    folder,
    people,
    modelsKept: MODELS_KEPT,
    begin: BEGIN - HOUR_MS,
    env: {
      NUNCHI_HOME: homeFolder,
      NUNCHI_MODEL: path.join(folder, 'model'),
      NUNCHI_GATE_SETTINGS: writeGate(folder),
      NUNCHI_TIMEZONE: 'Europe/Berlin',
      NIGHTLY_CRON: '30 2 * * *',
      NIGHTLY_MIN_CORRECTIONS: String(ENOUGH),
      NUNCHI_MODELS_KEPT: String(MODELS_KEPT),
      NUNCHI_RETENTION_DAYS: '3650',
      NUNCHI_REPLAY_FETCH: 'off',
      TMPDIR: temporary,
      PORT: '0',
    },
  });
  const kills: Record<string, number> = {};
  const seen: DateSeen[] = [];
  const events = new Map<string, string[]>();
  let settings: Record<string, string> = {};
  let differs = true;

  const dateAt = (index: number) => new Date(BEGIN + index * DAY_MS).toISOString().slice(0, 10);
  const tell = (date: string, event: string) => events.set(date, [...(events.get(date) ?? []), event]);
  const settled = (one: Said) => one.deleted === 'no' && one.id !== null && one.label !== undefined;

  async function kill(date: string, where: string): Promise<void> {
    await home.kill();
    kills[where] = (kills[where] ?? 0) + 1;
    tell(date, `killed: ${where}`);
  }

  /** What people do by day, each of it one request or two. */
  function daytime({ corrections, changes, deletions }: PlannedDate): (() => Promise<void>)[] {
    const write = () => people.write(home.bot, random);
    const known = (fits: (one: Said) => boolean) => {
      const fitting = people.said.filter((one) => settled(one) && fits(one));
      return fitting[below(fitting.length)];
    };
    const some = (count: number, action: () => Promise<unknown>) =>
      Array.from({ length: count }, () => async () => void (await action()));
    return [
      ...some(corrections, async () => people.correct(home.bot, await write(), drawLabel(random))),
      ...some(1 + below(2), write),
      ...some(changes, async () => {
        const one = known(({ label }) => label !== null);
        if (one !== undefined) await people.correct(home.bot, one, drawLabel(random));
      }),
      ...some(deletions, async () => {
        const one = known(({ label }) => label !== null);
        if (one !== undefined) await people.delete(home.bot, one);
      }),
    ];
  }

  async function day(date: string, planned: PlannedDate): Promise<void> {
    const actions = daytime(planned);
    const { killedByDayMs } = planned;
    const killedAt = killedByDayMs === null ? -1 : below(actions.length);
    for (const [index, action] of actions.entries()) {
      if (index !== killedAt) {
        await action();
        continue;
      }
      // Whether it was acknowledged in time or not: it is said again if it was not.
      const said = action().catch(() => undefined);
      await setTimeout(killedByDayMs ?? 0);
      await kill(date, 'by day');
      await said;
      await home.moveBy(60_000);
      await home.start(settings);
    }
  }

  const before = (date: string): Before => ({
    attempts: home.view.night(date)?.attempts ?? 0,
    models: home.view.modelCount(),
    deployments: home.view.deploymentCount(),
    newestRun: home.view.runs().at(-1)?.id ?? '',
  });
  const at = (step: Step, date: string, since: Before) => reach(step, date, since, home.bot, home.view);

  /** @param dueBy when it is due for sure @returns whether the bot is away until the next date's night */
  async function night(date: string, dueBy: number, planned: PlannedDate): Promise<boolean> {
    let since: Before;
    if (home.up) {
      since = before(date);
      if (planned.overlaps) {
        await home.moveTo(dueBy - 2 * HOUR_MS);
        const { status } = await home.bot.web.post('/api/training/start');
        tell(date, status === 202 ? 'a training by hand is under way' : 'nothing to train by hand');
      }
      await home.moveTo(dueBy + planned.lateMs);
    } else {
      await home.moveTo(dueBy + planned.lateMs);
      await home.start(settings);
      since = { ...before(date), attempts: 0 };
    }
    if (planned.deletedByNight && (await at('training', date, since))) {
      const learned = people.said.filter((one) => settled(one) && one.label !== null);
      const one = learned[below(learned.length)];
      if (one !== undefined) await people.delete(home.bot, one);
      tell(date, 'a message deleted while it trained');
    }
    if (planned.stopped && (await at('preparing', date, since))) {
      await setTimeout(planned.kills[0]?.delayMs ?? 0);
      since = before(date);
      await home.stop();
      tell(date, 'stopped in the night');
      await home.moveBy(1_000);
      await home.start(settings);
    }
    for (const { step, delayMs, after } of planned.kills) {
      if (!(await at(step, date, since))) break;
      await setTimeout(delayMs);
      since = before(date);
      await kill(date, step);
      if (after === 'next-date') return true;
      await home.moveBy(after === 'lease-over' ? LEASE_MS + 1_000 : 10_000);
      await home.start(settings);
      if (after === 'lease-over') continue;
      // Whoever would have taken it over by now, did so before its lease had run out.
      const { endedAt, attempts = 0 } = home.view.night(date) ?? {};
      if (endedAt === null && attempts > since.attempts)
        home.note(date, ['taken over before its lease had run out']);
      await home.moveBy(LEASE_MS);
    }
    await ended(date);
    return false;
  }

  async function ended(date: string): Promise<void> {
    const { view } = home;
    await until(
      () =>
        view.night(date)?.endedAt != null &&
        view.runs().every(({ state }) => state !== 'running') &&
        home.bot.phase === 'idle',
      `the end of the night of ${date}`,
      ENDED_MS,
    );
  }

  /** The model that waits for a person, if one does. */
  async function decide(date: string, { asks }: PlannedDate): Promise<void> {
    const waiting = home.view.runs().find(({ state }) => state === 'awaiting-confirmation');
    if (waiting === undefined || asks === null || asks === 'nothing') return;
    const { status } = await home.bot.web.post(`/api/training/${asks}`, { runId: waiting.id });
    tell(date, `${asks}: ${status}`);
  }

  const findings = () => [
    ...checkRuns(home.view, ''),
    ...checkSaid(people.said, home.view),
    ...checkLearned(home.view),
    ...checkNothingForgotten(people.said, home.view),
    ...checkDeployments(home.view),
    ...checkDeleted(people.said, home.view),
    ...checkChallenger(home.view),
    ...checkDirectories(home.view, homeFolder, MODELS_KEPT),
    ...checkDates(seen, home.view),
  ];

  function nightOf(date: string): NightOfDate {
    const { state = null, attempts = 0, reason = null } = home.view.night(date) ?? {};
    return { date, events: events.get(date) ?? [], state, attempts, reason };
  }

  function conclude(): Omit<NightsReport, 'errors'> {
    const verdicts = home.view.runs().flatMap(({ rule }) => rule ?? []);
    return {
      dates: seen.map(({ date }) => nightOf(date)),
      kills,
      starts: home.starts,
      acknowledged: people.acknowledged,
      promotions: home.view.runs().filter(({ state }) => state === 'promoted').length,
      rules: countBy(verdicts),
      differences: home.wrong,
      seconds: Math.round((Date.now() - began) / 1_000),
    };
  }

  try {
    let away = false;
    for (let index = 0; index < plan.length; index += 1) {
      const planned = plan[index] as PlannedDate;
      const last = () => index >= plan.length - 1;
      settings = planned.asks === null || last() ? {} : { NUNCHI_PROMOTION: 'ask' };
      if (!away) {
        await home.moveTo(BEGIN + index * DAY_MS);
        // A life of its own where the settings are others.
        if (home.up && planned.asks !== null) await home.stop();
        if (!home.up) await home.start(settings);
        await day(dateAt(index + 1), planned);
        for (let skipped = planned.away; skipped > 0 && !last(); skipped -= 1) {
          if (home.up) await kill(dateAt(index + 1), 'idle');
          seen.push({ date: dateAt(index + 1), wasUp: false });
          onDate?.(`${dateAt(index + 1)}: away`);
          index += 1;
        }
      }
      const date = dateAt(index + 1);
      seen.push({ date, wasUp: true });
      away = await night(date, BEGIN + index * DAY_MS + NIGHT_MS, last() ? { ...planned, ...CALM } : planned);
      if (!away) {
        await decide(date, planned);
        await home.settle(date, findings);
        if (planned.killedIdle && !last()) await kill(date, 'idle');
      }
      onDate?.(home.up ? describeNight(nightOf(date)) : `${date}: ${(events.get(date) ?? []).join(', ')}`);
    }
    await until(() => checkAnswers(people.said, home.view).length === 0, 'an answer to every message');
    home.note('at the end', checkDates(seen, home.view));
    const report = conclude();
    await home.stop();
    home.note('at the end', await examineStopped(homeFolder, people.said));
    home.note(
      'at the end',
      readdirSync(temporary).map((name) => `left over among temporary files: ${name}`),
    );
    const errors = home.errors();
    differs = home.wrong.length > 0 || errors.length > 0;
    return { ...report, errors };
  } finally {
    if (home.up) await home.kill();
    if (differs) {
      if (existsSync(homeFolder)) writeFileSync(path.join(folder, 'differences'), home.wrong.join('\n'));
      console.error(`home and log are kept: ${folder}`);
    } else rmSync(folder, { recursive: true, force: true });
  }
}
