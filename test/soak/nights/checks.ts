// What has to hold after every start and every night of a soak, and at its end. Each check gives what is wrong, as sentences.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { openModelDirectory } from '../../../src/bert/model-directory.js';
import { readCurrentModel } from '../../../src/learn/current-model.js';
import { isHeldOut } from '../../../src/learn/split.js';
import type { NightsBot } from './bot.js';
import type { HomeView, RunRow } from './home-view.js';
import type { Said } from './people.js';

const ENDS = new Set(['promoted', 'kept', 'awaiting-confirmation', 'not-enough-data', 'failed', 'cancelled']);
const VERDICTS = new Set(['promoted', 'kept', 'awaiting-confirmation']);

/** Everything acknowledged is there, and nothing is left of what was deleted. */
export function checkSaid(said: readonly Said[], view: HomeView): string[] {
  const [messages, labels] = [view.messages(), view.labels()];
  return said.flatMap((one) => {
    if (one.id === null || one.deleted === 'asked') return [];
    const kept = messages.get(one.id);
    if (kept === undefined) return [`message ${one.key} is lost`];
    const label = labels.get(one.id);
    if (one.deleted === 'yes') {
      return kept.text > 0 || label !== undefined ? [`something is left of message ${one.key}`] : [];
    }
    if (kept.text !== 1) return [`the text of message ${one.key} is lost`];
    if (one.label === undefined || one.label === (label?.label ?? null)) return [];
    return [`message ${one.key} was corrected to ${one.label} and is ${label?.label ?? 'without a label'}`];
  });
}

/** Every message that was not deleted was read and answered, once. */
export function checkAnswers(said: readonly Said[], view: HomeView): string[] {
  const messages = view.messages();
  return said.flatMap(({ id, key, deleted }) => {
    const { readings = 0, answers = 0 } = messages.get(id ?? '') ?? {};
    return deleted === 'no' && (readings === 0 || answers !== 1)
      ? [`message ${key} has ${readings} readings and ${answers} answers`]
      : [];
  });
}

/** What is marked as learned was learned by a run whose model came into use, and all that such a run learned is marked. */
export function checkLearned(view: HomeView): string[] {
  const runs = new Map(view.runs().map((run) => [run.id, run]));
  const labels = view.labels();
  const wrong: string[] = [];
  for (const { messageId, learnedInRun } of labels.values()) {
    if (learnedInRun === null) continue;
    const run = runs.get(learnedInRun);
    if (run?.state !== 'promoted' || !run.learned.includes(messageId)) {
      wrong.push(
        `correction ${messageId} is marked as learned by run ${learnedInRun}, which is ${run?.state}`,
      );
    }
  }
  for (const run of runs.values()) {
    if (run.state !== 'promoted') continue;
    const forgotten = run.learned.filter((messageId) => {
      const label = labels.get(messageId);
      return label !== undefined && label.eventId < run.id && label.learnedInRun === null;
    });
    if (forgotten.length > 0)
      wrong.push(`run ${run.id} learned ${forgotten.join(', ')}, which are not marked`);
  }
  return wrong;
}

/** A run that came to a verdict had every correction that stood when it began: learned, held out, or waiting for a person. */
export function checkNothingForgotten(said: readonly Said[], view: HomeView): string[] {
  const last = view.runs().findLast(({ state, rule }) => VERDICTS.has(state) && rule !== null);
  if (last === undefined) return [];
  const labels = view.labels();
  const had = new Set([...last.learned, ...last.waiting]);
  const missing = said.filter(({ id, text, deleted }) => {
    const label = labels.get(id ?? '');
    return (
      deleted === 'no' &&
      label !== undefined &&
      label.eventId < last.id &&
      !had.has(label.messageId) &&
      !heldOut(text)
    );
  });
  return missing.map(({ key }) => `the correction of message ${key} was not part of run ${last.id}`);
}

const heldOut = (text: string) => isHeldOut(text);

/** Nothing is said to be under way that is not. @param since id of the newest run before the bot started */
export function checkRuns(view: HomeView, since: string): string[] {
  const running = view.runs().filter(({ state }) => state === 'running');
  const wrong = running
    .filter(({ id }) => id <= since)
    .map(({ id }) => `run ${id} is still "running" although its process is gone`);
  if (running.length > 1) wrong.push(`${running.length} runs are under way at once`);
  return wrong;
}

/** The log of deployments has no gap, knows of every run whose model came into use and of no other, and ends with the champion. */
export function checkDeployments(view: HomeView): string[] {
  const log = view.deployments();
  const byRuns = log.filter(({ kind }) => kind === 'promotion' || kind === 'deletion');
  const deployed = byRuns.map(({ version }) => version).sort();
  const promoted = view
    .runs()
    .flatMap(({ state, candidateVersion }) => (state === 'promoted' ? [String(candidateVersion)] : []))
    .sort();
  const isRecorded = deployed.join() === promoted.join();
  const wrong = isRecorded ? [] : [`deployed by runs: ${deployed.join()}; promoted: ${promoted.join()}`];
  wrong.push(
    ...log.flatMap(({ sequence, previousVersion }, index) => {
      const before = log[index - 1]?.version ?? null;
      return sequence === index + 1 && previousVersion === before
        ? []
        : [`deployment ${sequence}, the ${index + 1}th, follows ${previousVersion}, not ${before}`];
    }),
  );
  const [champion, last] = [view.aliases().get('champion'), log.at(-1)?.version];
  if (champion !== last) wrong.push(`the champion is ${champion}, the last deployment of ${last}`);
  return wrong;
}

/** The champion's directory is whole, noted in the home folder, and what answers is the champion. */
export async function checkServing(bot: NightsBot, view: HomeView, home: string): Promise<string[]> {
  const version = view.aliases().get('champion');
  const model = view.models().find((one) => one.version === version);
  if (model === undefined) return ['there is no champion'];
  const directory = path.resolve(home, model.directory);
  const wrong: string[] = [];
  if (model.purgedAt !== null) wrong.push(`the files of the champion ${version} were removed`);
  const opened = await openModelDirectory(directory);
  if (opened.version !== version) wrong.push(`${directory} holds ${opened.version}, not ${version}`);
  const noted = readCurrentModel(home);
  if (noted !== directory) wrong.push(`noted as the model in use: ${noted}`);
  const response = await bot.web.post('/api/classify', { texts: ['이 영화 정말 재미있어요'] });
  const { model: answering } = (await response.json()) as { model?: string };
  if (answering !== version)
    wrong.push(`${answering ?? response.status} answers, the champion is ${version}`);
  return wrong;
}

/** Of the folder for models: what is kept is there, and nothing else. @param keep as of NUNCHI_MODELS_KEPT */
export function checkDirectories(view: HomeView, home: string, keep: number): string[] {
  const underWay = view.runs().filter(({ state }) => state === 'running');
  const kept = view.models().filter(({ purgedAt }) => purgedAt === null);
  const recorded = new Set(kept.map(({ directory }) => path.resolve(home, directory)));
  const folder = path.join(home, 'models');
  const inside = [...recorded].filter((directory) => directory.startsWith(folder));
  const wrong = readdirSync(folder)
    .filter((name) => !recorded.has(path.join(folder, name)) && !underWay.some(({ id }) => name.includes(id)))
    .map((name) => `left over in the folder for models: ${name}`);
  wrong.push(...inside.filter((one) => !existsSync(one)).map((one) => `the model directory ${one} is gone`));
  const needed = new Set(view.aliases().values());
  const spare = kept.filter(
    ({ version, directory }) => !needed.has(version) && directory.startsWith('models'),
  );
  if (spare.length > keep)
    wrong.push(`${spare.length} trained models are kept beside those needed, not ${keep}`);
  const temporary = readdirSync(home).filter((name) => /\.tmp$|^\.write-check/.test(name));
  return [...wrong, ...temporary.map((name) => `left over in the home folder: ${name}`)];
}

/** What was deleted is in no kept model; in the one in use only until a run that began later has ended with a verdict. */
export function checkDeleted(said: readonly Said[], view: HomeView): string[] {
  const deleted = new Set(said.flatMap((one) => (one.deleted === 'yes' ? [one.id] : [])));
  const champion = view.aliases().get('champion');
  const verdicts = view.runs().filter(({ state }) => VERDICTS.has(state));
  return view
    .models()
    .filter(({ purgedAt }) => purgedAt === null)
    .flatMap(({ version, taintedAt }) => {
      const held = view.rows(version).filter((id) => deleted.has(id));
      if (held.length === 0) return [];
      if (taintedAt === null)
        return [`model ${version} learned ${held.join(', ')}, deleted since, and is not marked`];
      const late = verdicts.some(({ startedAt }) => startedAt > taintedAt);
      return version !== champion || late
        ? [`model ${version} still has ${held.join(', ')}, deleted since`]
        : [];
    });
}

/** Whoever waits for a person has a model to decide about, and no other model has that name. */
export function checkChallenger(view: HomeView): string[] {
  const waiting = view.runs().filter(({ state }) => state === 'awaiting-confirmation');
  const challenger = view.aliases().get('challenger') ?? null;
  const wanted = waiting.at(-1)?.candidateVersion ?? null;
  const wrong =
    challenger === wanted ? [] : [`the challenger is ${challenger}; ${wanted} waits for a person`];
  return waiting.length > 1 ? [...wrong, `${waiting.length} runs wait for a person`] : wrong;
}

export interface DateSeen {
  date: string;
  /** Whether the bot was there, with time to look, between this date's night and the next one's. */
  wasUp: boolean;
}

/** Each date has one night that ended, and says what its training came to; only dates on which the bot was away have none. */
export function checkDates(dates: readonly DateSeen[], view: HomeView): string[] {
  const nights = view.nights();
  const runs = new Map(view.runs().map((run): [string, RunRow] => [run.id, run]));
  const known = new Set(dates.map(({ date }) => date));
  const wrong = dates.flatMap(({ date, wasUp }) => {
    const own = nights.filter(({ slot }) => slot === date);
    if (own.length > 1) return [`${own.length} nights of ${date}`];
    return wasUp && own.length === 0 ? [`no night of ${date}, although the bot was there`] : [];
  });
  for (const { slot, state, reason, endedAt, trainingRunId } of nights) {
    if (!known.has(slot)) wrong.push(`a night of ${slot}, which is no date of the soak`);
    if (endedAt === null || !ENDS.has(state))
      wrong.push(`the night of ${slot} is ${state} and has not ended`);
    if (state === 'failed' && reason === null) wrong.push(`the night of ${slot} failed and does not say why`);
    const run = trainingRunId === null ? undefined : runs.get(trainingRunId);
    if (run !== undefined && VERDICTS.has(run.state) && !VERDICTS.has(state)) {
      wrong.push(`the night of ${slot} is ${state} (${reason}), its training ${run.state}`);
    }
  }
  return wrong;
}
