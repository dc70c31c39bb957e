// The sentiment service: one keeper answers, another may be prepared beside it; a swap is one assignment.
import path from 'node:path';
import { NunchiError } from '../errors.js';
import { SILENT_LOGGER, type Logger } from '../log.js';
import { availableCores } from '../process/available-cores.js';
import { createExplainer } from './explainer.js';
import { startKeeper, type Keeper } from './keeper.js';
import type { Answered, ClassifyResponse, PreparedModel, SentimentService } from './service.js';

/** Texts in flight. With the shipped model on two cores they are answered in about a second. */
const MAX_QUEUE = 512;
const START_TIMEOUT_MS = 120_000;

export interface SentimentServiceOptions {
  /** Model directory that serves first. */
  directory: string;
  /** Threads of a serving process; all available cores where it is left out. */
  threads?: number;
  /** A reading with less confidence is "not sure", 0 to 1. */
  threshold: number;
  maxQueue?: number;
  startTimeoutMs?: number;
  /** Told how each request for a reading went. */
  onAnswered?: (answered: Answered) => void;
  logger?: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export interface ManagedSentimentService extends SentimentService {
  /** Whether a process is there to answer now; false while it is being started anew. */
  readonly ready: boolean;
}

const stopped = () => new NunchiError('serving-stopped', 'The sentiment service is stopped');

/**
 * Starts the serving process for `directory`; it answers when this resolves.
 * @throws NunchiError where the model cannot be loaded, `model-check-failed` where it gives unsound numbers.
 */
export async function createSentimentService(
  options: SentimentServiceOptions,
): Promise<ManagedSentimentService> {
  const { logger = SILENT_LOGGER } = options;
  const threads = options.threads ?? availableCores();
  const explainer = createExplainer({ threads });
  const start = (directory: string) =>
    startKeeper({
      directory: path.resolve(directory),
      threads,
      threshold: options.threshold,
      maxQueue: options.maxQueue ?? MAX_QUEUE,
      startTimeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
      logger,
    });
  /** Every keeper that has not ended: the one in use, prepared ones, drained ones on their way out. */
  const keepers = new Set<Keeper>();
  /** Starts under way, which `stop` waits for. */
  const starts = new Set<Promise<Keeper>>();
  let isStopped = false;

  const end = async (keeper: Keeper) => {
    await keeper.drain();
    keepers.delete(keeper);
  };

  async function open(directory: string): Promise<Keeper> {
    if (isStopped) throw stopped();
    const starting = start(directory);
    starts.add(starting);
    try {
      const keeper = await starting;
      keepers.add(keeper);
      return keeper;
    } finally {
      starts.delete(starting);
    }
  }

  async function measured(keeper: Keeper, texts: readonly string[]): Promise<ClassifyResponse> {
    const { version } = keeper.model;
    const began = performance.now();
    const tell = (error: Answered['error']) =>
      options.onAnswered?.({
        version,
        texts: texts.length,
        durationMs: performance.now() - began,
        error,
      });
    try {
      const response = await keeper.classify(texts);
      tell(null);
      return response;
    } catch (error) {
      tell(error instanceof NunchiError ? error.code : 'internal');
      throw error;
    }
  }

  let serving = await open(options.directory);
  logger.info('model serves', { version: serving.model.version, pid: serving.model.pid });

  return {
    get model() {
      return serving.model;
    },
    get ready() {
      return !isStopped && serving.ready;
    },
    classify: (texts) => measured(serving, texts),
    explain: (text, label) => explainer.explain(serving.model.directory, text, label),
    async prepare(directory): Promise<PreparedModel> {
      const keeper = await open(directory);
      if (isStopped) {
        await end(keeper);
        throw stopped();
      }
      return {
        get model() {
          return keeper.model;
        },
        classify: (texts) => keeper.classify(texts),
        async promote() {
          if (!keepers.has(keeper) || isStopped) throw stopped();
          if (serving === keeper) return;
          const before = serving;
          serving = keeper;
          logger.info('model swapped', {
            version: keeper.model.version,
            previousVersion: before.model.version,
          });
          await end(before);
        },
        async discard() {
          if (serving === keeper)
            throw new NunchiError('usage', 'The model serves; promote another one instead');
          await end(keeper);
        },
      };
    },
    async forget() {
      await Promise.all([...keepers].map((keeper) => keeper.forget()));
    },
    async stop() {
      isStopped = true;
      await Promise.allSettled(starts);
      await Promise.all([explainer.stop(), ...[...keepers].map(end)]);
    },
  };
}
