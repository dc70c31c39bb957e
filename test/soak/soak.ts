// A soak: a plan is played on both platforms against the built bot, which is cut off and killed meanwhile, and whatever is
// there at the end is compared with what the rules say.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { homePaths } from '../../src/home/home.js';
import type { Label } from '../../src/labels.js';
import { openStore } from '../../src/store/open-store.js';
import { until } from '../fixtures/bot-process.js';
import { type HomeDatabase, openHomeDatabase } from '../fixtures/home-database.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';
import { createSoakBot, type Life } from './bot-process.js';
import { answersByPlace, createExpectation } from './expectation.js';
import { createPlan, type PlanConfig } from './plan.js';
import { type Players, startPlayers } from './players.js';
import { eventsIn, type Step } from './steps.js';

export interface SoakResult {
  events: number;
  rounds: number;
  kills: number;
  lines: Record<string, number>;
  redelivered: number;
  answers: { addressed: number; least: number; seen: number };
  labels: { expected: number; seen: number };
  commands: { used: number; answered: number };
  lives: readonly Life[];
  /** Of the bot's log. */
  errors: string[];
  seconds: number;
  /** Everything that is not as it should be. */
  differences: string[];
}

export interface SoakConfig extends PlanConfig {
  /** Told of each round. */
  onRound?: (line: string) => void;
}

const SETTLED_MS = 240_000;
/** Since the last acknowledgement. */
const REDELIVER_AFTER_MS = 3_000;
/** Messages without an answer beyond which people wait a little. */
const UNANSWERED = 24;

export async function runSoak(config: SoakConfig): Promise<SoakResult> {
  const began = Date.now();
  const folder = mkdtempSync(path.join(tmpdir(), 'nunchi-soak-'));
  const home = path.join(folder, 'home');
  const plan = createPlan(config);
  const expected = createExpectation();
  const players = await startPlayers();
  const bot = createSoakBot(
    {
      NUNCHI_HOME: home,
      NUNCHI_REPLAY_FETCH: 'off',
      NUNCHI_MODEL: await makeTinyModel(path.join(folder, 'model')),
      NUNCHI_LOG_LEVEL: 'info',
      PORT: '0',
      DISCORD_TOKEN: players.discord.token,
      DISCORD_API_URL: players.discord.apiUrl,
      SLACK_BOT_TOKEN: players.slack.settings.botToken,
      SLACK_APP_TOKEN: players.slack.settings.appToken,
      SLACK_API_URL: players.slack.apiUrl,
    },
    folder,
  );
  const lines: Record<string, number> = {};
  let [events, kills] = [0, 0];
  let database: HomeDatabase | undefined;
  let known = new Map<string, string>();
  let starting: Promise<void> = Promise.resolve();
  let failed = true;

  const placeOf = (id: number) => {
    const message = expected.messages()[id];
    if (message === undefined) throw new Error(`no message ${id}`);
    return players.placeOf(message);
  };
  const answerTo = (id: number) => {
    const answer = known.get(placeOf(id));
    if (answer === undefined) throw new Error(`no answer to message ${id} of an earlier round`);
    return answer;
  };
  const seenAnswers = () => [...players.answers().values()].reduce((sum, count) => sum + count, 0);
  let addressed = 0;

  async function play(step: Step, round: number): Promise<void> {
    expected.apply(step, round);
    if (step.type === 'kill') {
      kills += 1;
      await starting;
      await bot.kill();
      return;
    }
    if (step.type === 'start') {
      starting = bot.start();
      if (step.wait) await starting;
      else starting.catch(() => undefined);
      return;
    }
    if (step.type === 'line') {
      const name = `${step.platform} ${step.trouble}`;
      lines[name] = (lines[name] ?? 0) + 1;
    }
    players.act(step, answerTo);
    if (step.type === 'message' && step.kind !== 'overheard') addressed += 1;
    events += eventsIn(step);
    await nextTurn();
    if (bot.up && addressed - seenAnswers() > UNANSWERED)
      // In vain where a line is down: nobody waits long for an answer.
      await until(() => addressed - seenAnswers() <= UNANSWERED, 'answers', 1_000).catch(() => undefined);
  }

  function wantedLabels(there: HomeDatabase): Map<string, { id: number; label: Label | null }> {
    const readings = there.readings();
    const labels = expected.labels((id) => readings.get(placeOf(id)));
    return new Map([...labels].map(([id, label]) => [placeOf(id), { id, label }]));
  }

  /** What is not as it is to be. */
  function differences(there: HomeDatabase): string[] {
    const found: string[] = [];
    const labels = there.labels();
    const wanted = wantedLabels(there);
    for (const [place, { id, label }] of wanted)
      if (!labels.has(place) || labels.get(place) !== label)
        found.push(
          `label of message ${id} (${place}): ${String(labels.get(place))} instead of ${String(label)}`,
        );
    for (const [place, label] of labels)
      if (!wanted.has(place)) found.push(`label of ${place}: ${String(label)} instead of none`);
    const answers = players.answers();
    const counts = answersByPlace(expected.messages(), players.answerPlaceOf);
    for (const [place, { least, most }] of counts) {
      const seen = answers.get(place) ?? 0;
      if (seen < least || seen > most)
        found.push(`answers at ${place}: ${seen} instead of ${least} to ${most}`);
    }
    for (const [place, seen] of answers)
      if (!counts.has(place)) found.push(`answers at ${place}: ${seen}, where nobody asked`);
    return found;
  }

  async function settle(round: number): Promise<void> {
    await starting;
    players.discord.faults.clear();
    players.slack.settings.faults.clear();
    const there = (database ??= openHomeDatabase(home));
    let last: string[] = [];
    let redeliverAt = Date.now() + REDELIVER_AFTER_MS;
    let pendingBefore = 0;
    await until(
      () => {
        const { inbox, outbox } = there.unsettled();
        const pending = players.slack.pendingCount();
        // Slack does not send again all the time what somebody is slow to take.
        if (pending !== pendingBefore) redeliverAt = Date.now() + REDELIVER_AFTER_MS;
        pendingBefore = pending;
        if (pending > 0 && Date.now() >= redeliverAt && players.slack.connections().length > 0) {
          players.slack.redeliverPending();
          redeliverAt = Date.now() + REDELIVER_AFTER_MS;
        }
        last = [`${inbox} events, ${outbox} deliveries and ${pending} acknowledgements wait`];
        if (inbox + outbox + pending > 0) return false;
        last = differences(there);
        return last.length === 0;
      },
      'everything to be settled',
      SETTLED_MS,
    ).catch((error: unknown) => {
      const warnings = bot.log.split('\n').filter((line) => /"level":"(warn|error)"/.test(line));
      throw new Error([`round ${round}:`, ...last.slice(0, 20), ...warnings.slice(-20)].join('\n'), {
        cause: error,
      });
    });
    known = there.answers();
    addressed = seenAnswers();
    bot.sample(plan[round]?.steps.some(({ type }) => type === 'flood') === true);
    players.forget();
  }

  try {
    await bot.start();
    for (const [number, round] of plan.entries()) {
      for (const step of round.steps) await play(step, number);
      await settle(number);
      config.onRound?.(
        `round ${number + 1} of ${plan.length}, ${events} events, ${Math.round((Date.now() - began) / 1_000)} s`,
      );
    }
    database?.close();
    await bot.stop();
    const after = openHomeDatabase(home);
    const wrong = [...differences(after), ...(await texts(players, home, expected.messages()))];
    const labels = {
      expected: wantedLabels(after).size,
      seen: after.labels().size,
    };
    after.close();
    const errors = bot.log.split('\n').filter((line) => line.includes('"level":"error"'));
    const messages = expected.messages();
    const asked = messages.filter(({ kind }) => kind !== 'overheard');
    failed = wrong.length > 0;
    return {
      events,
      rounds: plan.length,
      kills,
      lines,
      redelivered: players.slack.counters.redeliveries,
      answers: {
        addressed: asked.length,
        least: asked.filter(({ mayLackAnswer }) => !mayLackAnswer).length,
        seen: seenAnswers(),
      },
      labels,
      commands: players.commands(),
      lives: bot.lives,
      errors,
      seconds: Math.round((Date.now() - began) / 1_000),
      differences: wrong,
    };
  } finally {
    await bot.kill();
    await players.close();
    // A home in which something went wrong is kept.
    if (failed) {
      writeFileSync(path.join(folder, 'log'), bot.log);
      console.error(`home and log are kept: ${folder}`);
    } else rmSync(folder, { recursive: true, force: true });
  }
}

/** Texts that are kept are the newest, those of what was deleted are gone, and answers say on the platform what is kept. */
async function texts(
  players: Players,
  home: string,
  messages: ReturnType<ReturnType<typeof createExpectation>['messages']>,
): Promise<string[]> {
  const { databaseFile: file, keyFile } = homePaths(home);
  const store = await openStore({ file, keyFile });
  const found: string[] = [];
  try {
    for (const message of messages) {
      const [platform = '', channelId = '', messageId = ''] = players.placeOf(message).split('/');
      const kept = await store.messages.find(platform, channelId, messageId);
      if (kept === null) {
        if (!message.deleted) found.push(`message ${message.id} is not known`);
        continue;
      }
      if (kept.text !== (message.deleted ? null : message.text))
        found.push(`text of message ${message.id}: ${kept.text === null ? 'gone' : 'another one'}`);
      if (message.kind === 'overheard' || message.deleted) continue;
      const answer = await store.messages.find(platform, channelId, `answer:${messageId}`);
      const shown = players.shown(message.platform, channelId, answer?.deliveredId ?? '');
      if (shown === null || answer?.text == null) found.push(`answer to message ${message.id}: not shown`);
      else if (plain(shown) !== plain(answer.text))
        found.push(`answer to message ${message.id}: says something else`);
    }
  } finally {
    await store.close();
  }
  return found;
}

/** Each platform escapes in its own way. */
const plain = (text: string) => text.replace(/&(amp|lt|gt);/g, '').replace(/[&<>\\\u200b]/g, '');
