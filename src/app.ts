// Puts the parts together, in the order they need each other, and takes them apart again. Knows no platform and no
// scheduler: those are handed in by the executable in bots/.
import type { Config } from './config.js';
import { createConversation, type Conversation } from './chat/conversation.js';
import { createNews } from './chat/news.js';
import type { ChatPlatform } from './chat/platform.js';
import type { AnswerRequest } from './chat/requests.js';
import { createEveryRequest } from './chat/requests/every-request.js';
import { createCommunitySettings, type CommunitySettingsService } from './chat/settings.js';
import { createBotApi, type BotApi } from './control/bot-api.js';
import { startControlServer } from './control/server.js';
import { acquireHomeLock } from './home/home-lock.js';
import { openHome, type Home } from './home/home.js';
import { noteCurrentModel } from './learn/current-model.js';
import { resolveDefaultModel } from './learn/default-model.js';
import {
  applyPermissions,
  trainingPermissions,
  type TrainingPermissions,
} from './learn/training-permissions.js';
import { loadBaseSet, type BaseSet } from './learn/gate/base-set.js';
import { createAutomaticRollback } from './learn/automatic-rollback.js';
import { createDeletions, type Deletions } from './learn/deletion.js';
import { createModelInspection, type ModelInspection } from './learn/model-inspection.js';
import { createModelRetention } from './learn/model-retention.js';
import { createNight, type Night } from './learn/night.js';
import { createNightSchedule } from './learn/night-schedule.js';
import { createModelRegistry, type ModelRegistry } from './learn/model-registry.js';
import { recoverRuns } from './learn/recovery.js';
import { loadReplay, withSources } from './learn/replay.js';
import { createReplaySources, fetchReplaySets } from './learn/replay-sets.js';
import { readBaseModel, startServing } from './learn/start-model.js';
import { createCommunityHeads } from './learn/community/heads.js';
import { createProbes } from './learn/trust/probes.js';
import { createTrust, type Trust } from './learn/trust/trust.js';
import {
  createTrainingService,
  type TrainingService,
  type TrainingServiceConfig,
} from './learn/training-service.js';
import type { Logger } from './log.js';
import { availableCores } from './process/available-cores.js';
import { createSentimentService } from './serve/sentiment-service.js';
import type { SentimentService } from './serve/service.js';
import { createPictureDrawer } from './report/picture.js';
import { createReport, type Report, type ReportRequest } from './report/report.js';
import { startPlatforms } from './start-platforms.js';
import { openStore } from './store/open-store.js';
import type { Store } from './store/store.js';
import { startTrainer as startTrainerProcess } from './train/client.js';
import type { StartTrainer } from './train/job.js';

/** What platforms and jobs are made from. */
export interface AppServices {
  config: Config;
  home: Home;
  store: Store;
  sentiment: SentimentService;
  registry: ModelRegistry;
  training: TrainingService;
  night: Night;
  deletions: Deletions;
  inspection: ModelInspection;
  trust: Trust;
  conversation: Conversation;
  settings: CommunitySettingsService;
  permissions: TrainingPermissions;
  report: (request: ReportRequest) => Promise<Report>;
  /** Answers what people ask by commands, menus, buttons and dialogs. */
  answer: AnswerRequest;
  logger: Logger;
}

/** A platform that has a page says where. */
export type AppPlatform = ChatPlatform & { readonly url?: string };
export interface AppJob {
  readonly name: string;
  start(): void | Promise<void>;
  stop(): void | Promise<void>;
}

export interface AppParts {
  /** null where a platform is not set up. */
  platforms: readonly ((services: AppServices) => AppPlatform | null | Promise<AppPlatform | null>)[];
  jobs: readonly ((services: AppServices & { platforms: readonly ChatPlatform[] }) => AppJob)[];
  startTrainer?: StartTrainer;
  /** The clock of the store, of the nights and of deletions. */
  now?: () => Date;
  /** Other settings of the training, another replay set. */
  learning?: Partial<Pick<TrainingServiceConfig, 'settings' | 'loadReplay'>>;
}

export interface StartedApp {
  bot: BotApi;
  /** Where the page is, or null without one. */
  address: string | null;
  model: { version: string; engine: string };
  /** What the operator should know, in plain sentences. */
  warnings: string[];
  services: AppServices;
}

export interface App {
  /** Starts once; a second call gives what the first one gave. Where one part fails, those before it are stopped. */
  start(): Promise<StartedApp>;
  /** Stops once, last part first; every part gets its turn even where another one fails. */
  stop(): Promise<void>;
}

/** A file that cannot be read must not end the night: the sentences that ship stand in for it, and the verdict says so. */
async function baseSetOf(config: Config, logger: Logger): Promise<BaseSet | null> {
  try {
    return await loadBaseSet(config.data);
  } catch (error) {
    logger.warn('the base set of the gate cannot be read', { error });
    return null;
  }
}

type Stop = { name: string; stop: () => void | Promise<void> };

export function createApp(config: Config, parts: AppParts, logger: Logger): App {
  const started: Stop[] = [];
  let starting: Promise<StartedApp> | undefined;
  let stopping: Promise<void> | undefined;

  /** A part that fails half-way is not stopped; it cleans up after itself, as every `start` here does. */
  function onStop(name: string, stop: Stop['stop']): void {
    started.push({ name, stop });
  }

  async function startAll(): Promise<StartedApp> {
    const startedAt = new Date();
    const clock = parts.now === undefined ? {} : { now: parts.now };
    const home = openHome(config.home);
    const lock = acquireHomeLock(home);
    onStop('lock', () => lock.release());
    const store = await openStore({ file: home.databaseFile, keyFile: home.keyFile, logger, ...clock });
    onStop('store', () => store.close());

    const permissions = trainingPermissions(config);
    await applyPermissions(store, permissions, logger);
    const base = await readBaseModel(resolveDefaultModel(config));
    const rollback = createAutomaticRollback({ limits: config.watch, logger });
    const { sentiment, warnings } = await startServing({
      store,
      home: home.directory,
      base,
      startSentiment: (directory) =>
        createSentimentService({
          directory,
          threshold: config.threshold,
          onAnswered: (answered) => rollback.observe(answered),
          logger,
        }),
      logger,
    });
    onStop('sentiment', () => sentiment.stop());
    const registry = createModelRegistry({
      store,
      serving: sentiment,
      home: home.directory,
      baseVersion: base.version,
      logger,
    });
    noteCurrentModel(home.directory, sentiment.model.directory);
    registry.onDeployed(() => noteCurrentModel(home.directory, sentiment.model.directory));
    await recoverRuns({ store, home: home.directory, modelsDirectory: home.modelsDirectory, logger });
    const { perPersonNight: perNight, personShare: share, certainReading: certain } = config;
    const trust = createTrust({ store, base, settings: { perNight, share, certain } });
    const replaySources = createReplaySources(config.data, logger);
    const training = createTrainingService({
      store,
      trust,
      sentiment,
      registry,
      startTrainer: parts.startTrainer ?? startTrainerProcess,
      base,
      home: home.directory,
      modelsDirectory: home.modelsDirectory,
      loadReplay: async () => withSources(await loadReplay(), replaySources),
      gate: config.gate,
      gateSources: { loadBaseSet: () => baseSetOf(config, logger), readingsFolder: home.readingsDirectory },
      engine: config.engine,
      limits: config.trainingLimits,
      settings: config.trainingSettings,
      threads: config.trainingThreads === 0 ? availableCores() : config.trainingThreads,
      permissions,
      logger,
      ...clock,
      ...parts.learning,
    });
    const { nightlyCron, timeZone, nightlyMinCorrections } = config;
    const night = createNight({
      store,
      training,
      trust,
      schedule: nightlyCron === null ? null : createNightSchedule(nightlyCron, timeZone),
      minCorrections: nightlyMinCorrections,
      baseVersion: base.version,
      ...(config.replayFetch
        ? {
            prepare: () =>
              fetchReplaySets({
                folder: config.data,
                origin: config.dataOrigin,
                now: parts.now ?? (() => new Date()),
                logger,
              }),
          }
        : {}),
      // Nothing begins a night before everything is started.
      tellQuiet: (date, quiet) => news.quietNight(date, quiet),
      logger,
      ...clock,
    });
    const inspection = createModelInspection({
      store,
      registry,
      home: home.directory,
      threads: 1,
      threshold: config.threshold,
    });
    const retention = createModelRetention({
      store,
      home: home.directory,
      modelsDirectory: home.modelsDirectory,
      baseVersion: base.version,
      keep: config.modelsKept,
      logger,
    });
    const deletions = createDeletions({
      store,
      sentiment,
      retention,
      training,
      registry,
      nextNight: (now) => night.schedule?.next(now)?.at ?? null,
      tellOverdue: (due) => news.rebuildOverdue(due),
      logger,
      ...clock,
    });
    const settings = createCommunitySettings(store.settings, { timeZone });
    const drawPicture = createPictureDrawer();
    const report = createReport(store, drawPicture);
    const heads = config.communityHeads
      ? createCommunityHeads({ trust, sentiment, threshold: config.threshold, logger })
      : undefined;
    if (heads !== undefined) onStop('community heads', heads.follow(training));
    const conversation = createConversation({
      store,
      sentiment,
      training,
      settings,
      trust,
      ...(heads === undefined ? {} : { heads }),
      logger,
    });
    onStop('conversation', () => conversation.stop());
    onStop('deletions', () => deletions.stop());
    onStop('training', () => training.stop());

    const services: AppServices = {
      config,
      home,
      store,
      sentiment,
      registry,
      training,
      night,
      deletions,
      inspection,
      trust,
      conversation,
      settings,
      permissions,
      report,
      answer: createEveryRequest({
        store,
        sentiment,
        registry,
        inspection,
        training,
        night,
        trust,
        ...(heads === undefined ? {} : { heads }),
        probes: createProbes({
          store,
          sentiment,
          loadSentences: async () => (await loadReplay()).heldOut,
        }),
        conversation,
        settings,
        report,
        permissions,
        textHours: config.correctableHours,
        threshold: config.threshold,
        operators: config.operators,
        logger,
      }),
      logger,
    };
    const created = await Promise.all(parts.platforms.map(async (create) => create(services)));
    const platforms = created.filter((platform) => platform !== null);
    const starting = await startPlatforms({
      platforms,
      onStarted: (platform) => onStop(platform.name, () => platform.stop()),
      logger,
    });
    onStop('platforms', () => starting.stop());
    warnings.push(...starting.warnings);
    const news = createNews({ training, store, settings, platforms, drawPicture, logger });
    await news.start();
    onStop('news', () => news.stop());
    onStop(
      'automatic rollback',
      rollback.guard(registry, (deployment) => news.gaveWay(deployment)),
    );
    onStop('night', () => night.stop());
    const address = platforms.find(({ url }) => url !== undefined)?.url ?? null;
    const describe = () => ({ startedAt, address, model: sentiment.model });
    const bot = createBotApi({ registry, training, night, inspection, describe });
    const control = await startControlServer({ api: bot, logger });
    onStop('control', () => control.stop());
    const { port, token } = control;
    lock.publish({ version: sentiment.model.version, control: { host: '127.0.0.1', port, token } });
    for (const create of parts.jobs) {
      const job = create({ ...services, platforms });
      await job.start();
      onStop(job.name, () => job.stop());
    }
    logger.info('started', { version: sentiment.model.version, engine: sentiment.model.engine });
    return { bot, address, model: sentiment.model, warnings, services };
  }

  async function stopAll(): Promise<void> {
    for (let part = started.pop(); part !== undefined; part = started.pop()) {
      try {
        await part.stop();
      } catch (error) {
        logger.error('a part did not stop cleanly', { id: part.name, error });
      }
    }
  }

  return {
    start() {
      starting ??= startAll().catch(async (error: unknown) => {
        await stopAll();
        throw error;
      });
      return starting;
    },
    stop() {
      stopping ??= (async () => {
        // A failed start has stopped its parts itself, and whoever called it has the error.
        await starting?.catch(() => undefined);
        await stopAll();
        logger.info('stopped');
      })();
      return stopping;
    },
  };
}
