// The home of a soak of nights through its lives: the bot started, killed and started again on a clock that goes on meanwhile,
// with everything that has to hold then looked at.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../fixtures/bot-process.js';
import { startNightsBot, type NightsBot } from './bot.js';
import {
  checkDeleted,
  checkDeployments,
  checkDirectories,
  checkLearned,
  checkRuns,
  checkSaid,
  checkServing,
} from './checks.js';
import { openHomeView, type HomeView } from './home-view.js';
import type { People } from './people.js';

export interface NightsHome {
  readonly up: boolean;
  /** @throws Error where the bot is not up */
  readonly bot: NightsBot;
  readonly view: HomeView;
  /** What was found wrong so far. */
  readonly wrong: string[];
  readonly starts: number;
  now(): number;
  /** Only ever forwards. */
  moveTo(time: number): Promise<void>;
  moveBy(ms: number): Promise<void>;
  /** Looks at everything that has to hold after a start; what was not acknowledged is said again. */
  start(env?: Record<string, string>): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Notes what is wrong, and when. */
  note(when: string, found: readonly string[]): void;
  /** The same for what is wrong for good: old models, for one, are removed after a night has ended. */
  settle(when: string, findings: () => string[] | Promise<string[]>): Promise<void>;
  /** Lines of the log at level `error`; not the alarm about a deletion, which has to come where the bot is away for two days. */
  errors(): string[];
}

export interface NightsHomeConfig {
  folder: string;
  env: Record<string, string>;
  people: People;
  modelsKept: number;
  begin: number;
}

const SETTLED_MS = 30_000;

export function createNightsHome({ folder, env, people, modelsKept, begin }: NightsHomeConfig): NightsHome {
  const home = String(env['NUNCHI_HOME']);
  const log = path.join(folder, 'log');
  const wrong: string[] = [];
  let aheadMs = begin - Date.now();
  let life: { bot: NightsBot; view: HomeView } | null = null;
  let [starts, newestRun] = [0, ''];

  const current = () => {
    if (life === null) throw new Error('the bot is not up');
    return life;
  };
  const now = () => Date.now() + aheadMs;
  const note = (when: string, found: readonly string[]) =>
    wrong.push(...found.map((one) => `${when}: ${one}`));

  async function settle(when: string, findings: () => string[] | Promise<string[]>): Promise<void> {
    let found: string[] = [];
    const isQuiet = async () => (found = await findings()).length === 0;
    await until(isQuiet, 'nothing to be wrong', SETTLED_MS).catch((error: unknown) =>
      note(when, found.length > 0 ? found : [String(error)]),
    );
  }

  async function moveTo(time: number): Promise<void> {
    if (time < now()) throw new Error('the clock of a soak only goes forwards');
    aheadMs = time - Date.now();
    await life?.bot.ask({ type: 'clock', ms: aheadMs });
  }

  async function end(how: (bot: NightsBot) => Promise<void>): Promise<void> {
    const { bot, view } = current();
    await how(bot);
    newestRun = view.runs().at(-1)?.id ?? '';
    // Before the next start: what a crash leaves is the bot's to put right, not another reader's.
    view.close();
    life = null;
  }

  return {
    wrong,
    now,
    moveTo,
    moveBy: (ms) => moveTo(now() + ms),
    note,
    settle,
    get up() {
      return life !== null;
    },
    get bot() {
      return current().bot;
    },
    get view() {
      return current().view;
    },
    get starts() {
      return starts;
    },
    async start(more = {}) {
      const bot = await startNightsBot({ ...env, ...more }, aheadMs, log);
      const view = openHomeView(home);
      life = { bot, view };
      starts += 1;
      await settle(`start ${starts}`, async () => [
        ...checkRuns(view, newestRun),
        ...checkSaid(people.said, view),
        ...checkLearned(view),
        ...checkDeployments(view),
        ...checkDeleted(people.said, view),
        ...checkDirectories(view, home, modelsKept),
        ...(await checkServing(bot, view, home)),
      ]);
      await people.repeat(bot);
    },
    kill: () => end((bot) => bot.kill()),
    stop: () => end((bot) => bot.stop()),
    errors: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"level":"error"') && !line.includes('rebuild-overdue')),
  };
}
