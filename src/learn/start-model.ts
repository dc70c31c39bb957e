// Which model serves after a start: the champion; where it cannot be loaded the one before it, then the base model.
import { openModelDirectory } from '../bert/model-directory.js';
import type { Logger } from '../log.js';
import { NunchiError } from '../errors.js';
import type { SentimentService } from '../serve/service.js';
import type { ModelRecord } from '../store/contracts/models.js';
import type { Store } from '../store/store.js';
import { modelDirectory, recordedDirectory } from './model-registry.js';

/** The shipped or configured model, as its manifest describes it. */
export interface BaseModel {
  version: string;
  /** Absolute path. */
  directory: string;
  parent: string | null;
  metrics: Record<string, number>;
  createdAt: Date;
}

/** @throws NunchiError where the directory is no whole model. */
export async function readBaseModel(directory: string): Promise<BaseModel> {
  const { version, manifest } = await openModelDirectory(directory);
  const { parent, metrics, createdAt } = manifest;
  return { version, directory, parent, metrics, createdAt: new Date(createdAt) };
}

export interface StartModelConfig {
  store: Pick<Store, 'models'>;
  home: string;
  base: BaseModel;
  startSentiment: (directory: string) => Promise<SentimentService>;
  logger: Logger;
}

export interface StartedModel {
  sentiment: SentimentService;
  /** What the operator should know, in plain sentences. */
  warnings: string[];
}

/**
 * The database says what should serve; what really serves is written back to it.
 * @throws the champion's error where no model can be loaded.
 */
export async function startServing(config: StartModelConfig): Promise<StartedModel> {
  const { store, home, base, startSentiment, logger } = config;
  const baseRecord =
    (await store.models.get(base.version)) ??
    (await store.models.register({
      version: base.version,
      directory: recordedDirectory(home, base.directory),
      parent: base.parent,
      metrics: base.metrics,
      createdAt: base.createdAt,
    }));
  const baseCandidate: ModelRecord = { ...baseRecord, directory: base.directory };
  const recorded = await store.models.alias('champion');
  const warnings: string[] = [];

  // A champion outside the home folder is a base model: it gives way when another base is shipped or configured.
  const isTrained = recorded !== null && modelDirectory(home, recorded).startsWith(home);
  const champion = recorded !== null && isTrained ? recorded : baseCandidate;
  if (isTrained && recorded.parent !== null && recorded.parent !== base.version) {
    warnings.push(
      `Model ${recorded.version} was trained from ${recorded.parent}, but the base model is now ${base.version}; train again to build on it.`,
    );
  }

  const previous = await store.models.alias('previous');
  // A champion that learned from something deleted serves until it is made anew; nothing else of that kind comes into use.
  const candidates = [champion, ...(previous === null ? [] : [previous]), baseCandidate].filter(
    (model, index, all) =>
      all.findIndex(({ version }) => version === model.version) === index &&
      (model.version === recorded?.version || (model.taintedAt === null && model.purgedAt === null)),
  );
  let firstError: unknown;
  for (const candidate of candidates) {
    try {
      const sentiment = await startExactly(candidate, modelDirectory(home, candidate), startSentiment);
      if (recorded?.version !== candidate.version) {
        const kind = isTrained && candidate.version !== champion.version ? 'fallback' : 'start';
        await store.models.deploy(candidate.version, deploymentReason(recorded, candidate, champion), {
          kind,
        });
      }
      return { sentiment, warnings };
    } catch (error) {
      firstError ??= error;
      logger.error('model cannot be loaded', { version: candidate.version, error });
      warnings.push(
        `Model ${candidate.version} cannot be loaded (${error instanceof Error ? error.message : 'unknown error'}).${isTrained && candidate === champion ? ' `nunchi train` makes it again from the same corrections; so does the next night, where there are enough.' : ''}`,
      );
    }
  }
  throw firstError instanceof Error ? firstError : new NunchiError('internal', 'No model was tried');
}

async function startExactly(
  model: ModelRecord,
  directory: string,
  startSentiment: StartModelConfig['startSentiment'],
): Promise<SentimentService> {
  const sentiment = await startSentiment(directory);
  if (sentiment.model.version === model.version) return sentiment;
  await sentiment.stop();
  throw new NunchiError(
    'model-hash-mismatch',
    `${directory} holds model "${sentiment.model.version}", not "${model.version}"`,
  );
}

function deploymentReason(recorded: ModelRecord | null, started: ModelRecord, champion: ModelRecord): string {
  if (recorded === null) return 'first start';
  if (started.version === champion.version) return 'another base model was shipped or configured';
  return `model ${champion.version} could not be loaded at start`;
}
