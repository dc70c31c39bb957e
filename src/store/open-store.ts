// Opens the database and its key, and puts the repositories together.
import { NunchiError } from '../errors.js';
import { SILENT_LOGGER, type Logger } from '../log.js';
import { createErasures } from './erasure.js';
import { createFeedbackStore } from './feedback-store.js';
import { createInboxStore } from './inbox-store.js';
import { deriveKeys, loadOrCreateKey } from './keys.js';
import { createJobRunStore } from './job-run-store.js';
import { createMessageStore } from './message-store.js';
import { createModelRegistryStore } from './model-registry-store.js';
import { createPredictionStore } from './prediction-store.js';
import { createOutboxStore } from './outbox-store.js';
import { createPeopleStore } from './people-store.js';
import { createProgressiveStore } from './progressive-store.js';
import { createReceiptStore } from './receipt-store.js';
import { createReportStore } from './report-store.js';
import type { Repositories } from './repositories.js';
import { createReviewStore } from './review-store.js';
import { createSettingsStore } from './settings-store.js';
import { openSqlite, SQLITE_MIGRATIONS } from './sqlite.js';
import type { Store } from './store.js';
import { createTestimonyStore } from './testimony-store.js';
import { createTrainingRunStore } from './training-run-store.js';

export interface OpenStoreConfig {
  /** The database; made where it does not exist. Only one process may have it open: hold the home's lock. */
  file: string;
  /** The installation's key; made, mode 0600, where neither it nor the database exists. */
  keyFile: string;
  /** The clock of `createdAt` and the like. */
  now?: () => Date;
  logger?: Logger;
  /** Longest wait of a query for an open transaction, in milliseconds. */
  gateTimeoutMs?: number;
  migrationsDirectory?: string;
}

const GATE_TIMEOUT_MS = 10_000;

/**
 * @throws NunchiError `database-key`, `home-not-writable`, `disk-full`, `database-corrupt`, `database-newer`,
 * `database-migration`, `database-timeout`.
 */
export async function openStore(config: OpenStoreConfig): Promise<Store> {
  const now = config.now ?? (() => new Date());
  const keys = deriveKeys(loadOrCreateKey(config.keyFile, config.file));
  const database = await openSqlite({
    file: config.file,
    now,
    logger: config.logger ?? SILENT_LOGGER,
    gateTimeoutMs: config.gateTimeoutMs ?? GATE_TIMEOUT_MS,
    migrationsDirectory: config.migrationsDirectory ?? SQLITE_MIGRATIONS,
  });
  const parts: Repositories = { client: database.client, keys, now };
  try {
    await checkKey(parts, config.keyFile);
  } catch (error) {
    await database.close();
    throw error;
  }
  return { ...createStore(parts), close: () => database.close() };
}

/** The repositories over a connected client, whichever database is behind it. */
export function createStore(parts: Repositories): Omit<Store, 'close'> {
  const erasures = createErasures(parts);
  const messages = createMessageStore(parts, erasures);
  const predictions = createPredictionStore(parts);
  return {
    messages,
    predictions,
    review: createReviewStore(parts, messages, predictions),
    feedback: createFeedbackStore(parts),
    testimony: createTestimonyStore(parts),
    models: createModelRegistryStore(parts),
    deletions: erasures,
    receipts: createReceiptStore(parts),
    runs: createTrainingRunStore(parts),
    jobRuns: createJobRunStore(parts),
    inbox: createInboxStore(parts),
    outbox: createOutboxStore(parts),
    settings: createSettingsStore(parts),
    people: createPeopleStore(parts, erasures),
    reports: createReportStore(parts),
    progressive: createProgressiveStore(parts),
  };
}

/** The first start notes which key the database belongs to. */
async function checkKey({ client, keys, now }: Repositories, keyFile: string): Promise<void> {
  const installation = await client.installation.upsert({
    where: { id: 1 },
    create: { id: 1, keyFingerprint: keys.fingerprint, createdAt: now() },
    // Says nothing new, but with an empty one Prisma would read first and write then.
    update: { id: 1 },
  });
  if (installation.keyFingerprint !== keys.fingerprint) {
    throw new NunchiError('database-key', `${keyFile} is not the key that this database was made with`, {
      hint: 'Put key file and database back from the same backup.',
    });
  }
}
