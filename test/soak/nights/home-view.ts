// What the database of a home says about nights, models and corrections, read while the bot works on it. It writes nothing,
// not even what is left of a crash: that is the bot's to put right.
import Database from 'better-sqlite3';
import { homePaths } from '../../../src/home/home.js';

export interface NightRow {
  slot: string;
  attempts: number;
  state: string;
  reason: string | null;
  trainingRunId: string | null;
  endedAt: string | null;
}
export interface RunRow {
  id: string;
  state: string;
  trigger: string;
  reason: string | null;
  candidateVersion: string | null;
  startedAt: string;
  endedAt: string | null;
  learned: string[];
  waiting: string[];
  rule: string | null;
  heldOutNeeded: number;
}
export interface ModelRow {
  version: string;
  directory: string;
  taintedAt: string | null;
  purgedAt: string | null;
}
export interface DeploymentRow {
  sequence: number;
  kind: string;
  version: string;
  previousVersion: string | null;
}
export interface LabelRow {
  messageId: string;
  label: string | null;
  eventId: string;
  learnedInRun: string | null;
}

export interface HomeView {
  night(slot: string): NightRow | undefined;
  nights(): NightRow[];
  /** Oldest first. */
  runs(): RunRow[];
  models(): ModelRow[];
  modelCount(): number;
  /** Oldest first. */
  deployments(): DeploymentRow[];
  deploymentCount(): number;
  aliases(): Map<string, string>;
  labels(): Map<string, LabelRow>;
  /** Of people's messages, by the store's id: whether the text is there, whether it was read, how many answers it has. */
  messages(): Map<string, { text: number; readings: number; answers: number }>;
  /** Messages that each model was trained on. */
  rows(version: string): string[];
  close(): void;
}

const NIGHTS = `SELECT slot, attempts, state, reason, trainingRunId, endedAt FROM JobRun WHERE job = 'nightly'`;
const MESSAGES = `SELECT m.id AS id, (SELECT count(*) FROM MessageText t WHERE t.messageId = m.id) AS text,
    (SELECT count(*) FROM Prediction p WHERE p.messageId = m.id) AS readings,
    (SELECT count(*) FROM Message a WHERE a.inReplyToId = m.id) AS answers
  FROM Message m WHERE m.author = 'person'`;

/** The database must be there: the bot has started once. */
export function openHomeView(home: string): HomeView {
  const database = new Database(homePaths(home).databaseFile, { readonly: true, fileMustExist: true });
  const all = <Row>(sql: string, ...values: unknown[]) => database.prepare(sql).all(...values) as Row[];
  const count = (table: string) => all<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)[0]?.n ?? 0;
  return {
    night: (slot) => all<NightRow>(`${NIGHTS} AND slot = ?`, slot)[0],
    nights: () => all(NIGHTS),
    runs: () =>
      all<Omit<RunRow, 'learned'> & { report: string | null }>('SELECT * FROM TrainingRun ORDER BY id').map(
        ({ report, ...row }) => {
          const told = JSON.parse(report ?? '{}') as {
            learnedMessages?: string[];
            waitingMessages?: string[];
            verdict?: { rule: string; config: { minHeldOutCorrections: number } };
          };
          return {
            ...row,
            learned: told.learnedMessages ?? [],
            waiting: told.waitingMessages ?? [],
            rule: told.verdict?.rule ?? null,
            heldOutNeeded: told.verdict?.config.minHeldOutCorrections ?? 0,
          };
        },
      ),
    models: () => all('SELECT version, directory, taintedAt, purgedAt FROM ModelVersion'),
    modelCount: () => count('ModelVersion'),
    deployments: () =>
      all('SELECT sequence, kind, version, previousVersion FROM Deployment ORDER BY sequence'),
    deploymentCount: () => count('Deployment'),
    aliases: () =>
      new Map(
        all<{ name: string; version: string }>('SELECT name, version FROM ModelAlias').map((row) => [
          row.name,
          row.version,
        ]),
      ),
    labels: () =>
      new Map(
        all<LabelRow>('SELECT messageId, label, eventId, learnedInRun FROM DerivedLabel').map((row) => [
          row.messageId,
          row,
        ]),
      ),
    messages: () =>
      new Map(
        all<{ id: string; text: number; readings: number; answers: number }>(MESSAGES).map((row) => [
          row.id,
          row,
        ]),
      ),
    rows: (version) =>
      all<{ messageId: string }>('SELECT messageId FROM TrainedRow WHERE version = ?', version).map(
        ({ messageId }) => messageId,
      ),
    close: () => void database.close(),
  };
}
