// The only place that knows every platform, every job and every command, and hands them to the core.
import { createMoodAlertsJob } from '../jobs/mood-alerts.js';
import { createNightlyJob } from '../jobs/nightly.js';
import { createRetentionJob } from '../jobs/retention.js';
import { createApp, type AppParts, type AppServices } from '../src/app.js';
import type { PlatformAdapter } from '../src/chat/adapter.js';
import { createDurablePlatform } from '../src/chat/delivery/durable-platform.js';
import type { ChatPlatform } from '../src/chat/platform.js';
import type { CliContext, RegisterCommand } from '../src/cli/context.js';
import { registerAverage } from '../src/cli/commands/average.js';
import { registerCalibrate } from '../src/cli/commands/calibrate.js';
import { registerClassify } from '../src/cli/commands/classify.js';
import { registerData } from '../src/cli/commands/data.js';
import { registerDoctor } from '../src/cli/commands/doctor.js';
import { registerEvaluate } from '../src/cli/commands/evaluate.js';
import { registerGateCheck } from '../src/cli/commands/gate-check.js';
import { registerFinetune } from '../src/cli/commands/finetune.js';
import { registerInit } from '../src/cli/commands/init.js';
import { registerModel } from '../src/cli/commands/model.js';
import { registerNightly } from '../src/cli/commands/nightly.js';
import { registerPretrain } from '../src/cli/commands/pretrain.js';
import { registerRecipe } from '../src/cli/commands/recipe.js';
import { registerSimulate } from '../src/cli/commands/simulate.js';
import { registerSoften } from '../src/cli/commands/soften.js';
import { registerStart } from '../src/cli/commands/start.js';
import { registerTrain } from '../src/cli/commands/train.js';
import { registerVocab } from '../src/cli/commands/vocab.js';
import { runCli } from '../src/cli/main.js';
import { createWithBot } from '../src/cli/with-bot.js';
import type { Config } from '../src/config.js';
import { createNotes } from '../src/home/notes.js';
import { createLogger } from '../src/log.js';
import { createWebPlatform } from './web/platform.js';

/** Of all platforms together less than the time that a stop may take. */
const STOP_WITHIN_MS = 4_000;

const durable = (services: AppServices, adapter: PlatformAdapter) =>
  createDurablePlatform({
    ...services,
    adapter,
    threshold: services.config.threshold,
    stopWithinMs: STOP_WITHIN_MS,
  });

// The libraries of both are large: who has neither needs no memory and no time for them.

async function createDiscord(services: AppServices): Promise<ChatPlatform | null> {
  const { config, home, logger } = services;
  if (config.discord === null) return null;
  const { createDiscordAdapter } = await import('./discord/adapter.js');
  const notes = createNotes(home.discordFile, logger);
  const { logLevel } = config;
  return durable(services, createDiscordAdapter({ ...config.discord, notes, logger, logLevel }));
}

async function createSlack(services: AppServices): Promise<ChatPlatform | null> {
  const { slack } = services.config;
  if (slack === null) return null;
  const { createSlackAdapter } = await import('./slack/adapter.js');
  return durable(services, createSlackAdapter({ slack, logger: services.logger }));
}

const BOT: AppParts = {
  platforms: [createWebPlatform, createDiscord, createSlack],
  jobs: [
    ({ store, config, deletions, logger }) => ({
      name: 'retention',
      ...createRetentionJob({
        store,
        retentionDays: config.retentionDays,
        correctableHours: config.correctableHours,
        deletions,
        logger,
      }),
    }),
    ({ night, logger }) => ({ name: 'nightly', ...createNightlyJob({ night, logger }) }),
    (services) => ({ name: 'mood alerts', ...createMoodAlertsJob(services) }),
  ],
};
/** Opened for one command. */
const HEADLESS: AppParts = { platforms: [], jobs: [] };

const notConfigured = ({ discord, slack }: Config) => [
  ...(discord === null ? ['Discord (docs/discord.md)'] : []),
  ...(slack === null ? ['Slack (docs/slack.md)'] : []),
];

/** Discord's rules make the default, so that the operator is told what it means; other platforms are `off` by choice. */
const untrained = ({ discord }: Config) =>
  discord?.training === 'off'
    ? ['Discord: corrections are kept, nothing is learned from them (DISCORD_TRAINING=off; docs/discord.md)']
    : [];

const startBot = (config: Config, { stderr, isTerminal }: CliContext) =>
  createApp(config, BOT, createLogger({ level: config.logLevel, stream: stderr, pretty: isTerminal }));

const quiet = ({ logLevel }: Config, { stderr, isTerminal }: CliContext) =>
  createLogger({ level: logLevel === 'info' ? 'warn' : logLevel, stream: stderr, pretty: isTerminal });
const openHeadless = (config: Config, context: CliContext) =>
  createApp(config, HEADLESS, quiet(config, context));

const withBot = createWithBot(openHeadless);

/** In the order that `--help` shows them. */
export const COMMANDS: readonly RegisterCommand[] = [
  registerStart({ createApp: startBot, notConfigured, untrained }),
  registerClassify,
  registerEvaluate,
  registerCalibrate,
  registerModel(withBot),
  registerTrain(withBot),
  registerNightly(withBot),
  registerSimulate((config, parts, context) =>
    createApp(config, { ...HEADLESS, ...parts }, quiet(config, context)),
  ),
  registerDoctor,
  registerFinetune,
  registerPretrain,
  registerRecipe((args, { stdout, stderr }) => runCli(args, COMMANDS, { stdout, stderr })),
  registerData(),
  registerSoften,
  registerAverage,
  registerVocab,
  registerInit,
  registerGateCheck,
];
