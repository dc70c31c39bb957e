// Tells the news channels of communities how a training ended, whoever began it. Told once: the same end has the same key.
import { drawBeforeAfter } from '../learn/charts/before-after.js';
import type { TrainingService } from '../learn/training-service.js';
import type { Logger } from '../log.js';
import type { DrawPicture } from '../report/picture.js';
import type { DueRebuild } from '../learn/deletion.js';
import type { Deployment, DeploymentKind } from '../store/contracts/models.js';
import type { TrainingRun } from '../store/contracts/runs.js';
import type { Store } from '../store/store.js';
import {
  languageOfNews,
  runChart,
  sayGaveWay,
  sayQuietNight,
  sayReceipts,
  sayRebuildOverdue,
  sayRunNews,
  type QuietNight,
} from './news-wording.js';
import { attachPicture } from './picture-attachment.js';
import type { ChatPlatform, Language } from './platform.js';
import type { Attachment } from './requests.js';
import type { CommunitySettings, CommunitySettingsService } from './settings.js';

export interface NewsConfig {
  training: Pick<TrainingService, 'onEvent'>;
  store: Pick<Store, 'runs' | 'settings' | 'receipts' | 'models'>;
  settings: Pick<CommunitySettingsService, 'get'>;
  platforms: readonly Pick<ChatPlatform, 'name' | 'post'>[];
  drawPicture: DrawPicture;
  logger: Pick<Logger, 'warn' | 'error'>;
  now?: () => Date;
}

export interface News {
  /**
   * From now on ends are told. What ended shortly before, and a model that gave way then, may not have been told, and are as
   * well; a platform that is slow to be told does not hold this up. Idempotent.
   */
  start(): Promise<void>;
  /** A night on which there was too little to learn. @param date of the night, `2026-03-02` */
  quietNight(date: string, night: QuietNight): Promise<void>;
  /** The model in use did badly, or could not be loaded at start, and another one serves. */
  gaveWay(deployment: Deployment): Promise<void>;
  /** What was deleted more than 48 hours ago is still in the model in use. */
  rebuildOverdue(due: DueRebuild): Promise<void>;
  /** Lets what is being told end. Idempotent. */
  stop(): Promise<void>;
}

export interface NewsPlace {
  platform: Pick<ChatPlatform, 'name' | 'post'>;
  communityId: string;
  channelId: string;
  settings: CommunitySettings;
}

const GAVE_WAY: ReadonlySet<DeploymentKind> = new Set(['fallback', 'automatic-rollback']);

/** Well within the time for which a platform remembers what was sent. */
const CATCH_UP_MS = 24 * 60 * 60 * 1000;

export function createNews(config: NewsConfig): News {
  const { training, store, drawPicture, logger, now = () => new Date() } = config;
  let stopListening: (() => void) | null = null;
  let telling: Promise<void> = Promise.resolve();
  let lastTold = '';

  async function tellEnd(run: TrainingRun): Promise<void> {
    const places = await newsPlaces(config);
    if (places.length === 0) return;
    const pictures = new Map<Language, Promise<Attachment | null>>();
    const pictureIn = (language: Language) => {
      const drawn = pictures.get(language) ?? drawRun(run, language);
      pictures.set(language, drawn);
      return drawn;
    };
    const receipts =
      run.state === 'promoted' && run.candidateVersion !== null
        ? await store.receipts.count(run.candidateVersion)
        : null;
    await tellEach(places, endOf(run), async (language) => ({
      text: [sayRunNews(run, language), ...(receipts === null ? [] : sayReceipts(receipts, language))].join(
        '\n',
      ),
      attachment: await pictureIn(language),
    }));
  }

  async function drawRun(run: TrainingRun, language: Language): Promise<Attachment | null> {
    const chart = runChart(run, language);
    if (chart === null) return null;
    const description = sayRunNews(run, language);
    const draw = () => drawPicture(drawBeforeAfter(chart, description));
    return attachPicture({ name: 'training', description, draw }, logger);
  }

  async function tellEach(
    places: readonly NewsPlace[],
    key: string,
    newsIn: (language: Language) => Promise<{ text: string; attachment: Attachment | null }>,
  ): Promise<void> {
    const told = await Promise.allSettled(
      places.map(async ({ platform, channelId, settings }) =>
        // The channel is part of the key: a platform knows one thing to send by its key alone.
        platform.post?.(channelId, `${key}:${channelId}`, await newsIn(languageOfNews(settings))),
      ),
    );
    told.forEach((result, index) => {
      if (result.status === 'fulfilled') return;
      logger.error('news were not told', {
        platform: places[index]?.platform.name ?? '',
        error: result.reason,
      });
    });
  }

  /** Never rejects; one after the other. */
  function tell(work: () => Promise<void>): Promise<void> {
    telling = telling.then(work).catch((error: unknown) => logger.error('news were not told', { error }));
    return telling;
  }

  function tellAll(key: string, sayIn: (language: Language) => string): Promise<void> {
    return tell(async () => {
      await tellEach(await newsPlaces(config), key, (language) =>
        Promise.resolve({ text: sayIn(language), attachment: null }),
      );
    });
  }

  function gaveWay(deployment: Deployment): Promise<void> {
    return tellAll(`gave-way:${deployment.createdAt.toISOString()}`, (language) =>
      sayGaveWay(deployment, language),
    );
  }

  function onEnd(run: TrainingRun): Promise<void> {
    if (endOf(run) === lastTold) return telling;
    lastTold = endOf(run);
    return tell(() => tellEnd(run));
  }

  return {
    async start() {
      if (stopListening !== null) return;
      const [newest] = await store.runs.list(1);
      const since = now().getTime() - CATCH_UP_MS;
      if (newest?.endedAt && newest.endedAt.getTime() >= since) void onEnd(newest);
      // An older end is old news, whenever it comes up again.
      else if (newest !== undefined) lastTold = endOf(newest);
      const [deployment] = await store.models.deployments(1);
      if (deployment && GAVE_WAY.has(deployment.kind) && deployment.createdAt.getTime() >= since)
        void gaveWay(deployment);
      stopListening = training.onEvent((event) => {
        if (event.type !== 'status') return;
        const { phase, run } = event.status;
        if (phase === 'idle' && run !== null && run.state !== 'running') void onEnd(run);
      });
    },
    quietNight: (date, night) => tellAll(`night:${date}`, (language) => sayQuietNight(night, language)),
    gaveWay,
    rebuildOverdue: ({ since, version }) =>
      tellAll(`overdue:${since.toISOString()}`, (language) => sayRebuildOverdue(version, language)),
    async stop() {
      stopListening?.();
      stopListening = null;
      await telling;
    },
  };
}

const endOf = ({ id, state }: TrainingRun) => `run:${id}:${state}`;

/** Communities that want news, on platforms that can bring them. */
export async function newsPlaces(
  config: Pick<NewsConfig, 'settings' | 'platforms'> & { store: Pick<Store, 'settings'> },
): Promise<NewsPlace[]> {
  const places: NewsPlace[] = [];
  for (const platform of config.platforms) {
    if (platform.post === undefined) continue;
    for (const communityId of await config.store.settings.list(platform.name)) {
      const settings = await config.settings.get(platform.name, communityId);
      if (settings.newsChannel === null) continue;
      places.push({ platform, communityId, channelId: settings.newsChannel, settings });
    }
  }
  return places;
}
