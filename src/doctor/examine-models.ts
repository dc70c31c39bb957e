// Alarms about the models: files that are damaged, and of the one in use that it holds what was deleted, or lost corrections
// that a model before read rightly. Read only, beside a running bot.
import { existsSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { Config } from '../config.js';
import { NunchiError } from '../errors.js';
import { homePaths } from '../home/home.js';
import { openModelDirectory } from '../bert/model-directory.js';
import { REBUILD_WITHIN_MS } from '../learn/deletion.js';
import { note, ok, type Finding } from './finding.js';

const CHAMPION = `SELECT m.version AS version, m.taintedAt AS taintedAt FROM ModelAlias a
  JOIN ModelVersion m ON m.version = a.version WHERE a.name = 'champion'`;
const LOST = `SELECT count(*) AS count FROM Receipt r JOIN DerivedLabel d ON d.messageId = r.messageId
  WHERE r.version = ? AND r.state = 'lost' AND d.label = r.label`;

interface ChampionRow {
  version: string;
  /** ISO 8601, as the store writes it. */
  taintedAt: string | null;
}

interface KeptRow {
  version: string;
  /** Relative to the home folder where it is in it. */
  directory: string;
}

const KEPT = 'SELECT version, directory FROM ModelVersion WHERE purgedAt IS NULL';

/** Nothing where there is no database yet, or one that the next start brings up to date. */
export async function examineModels(config: Config, now: Date): Promise<Finding[]> {
  const { databaseFile } = homePaths(config.home);
  if (!existsSync(databaseFile)) return [];
  const database = new Database(databaseFile, { readonly: true, fileMustExist: true });
  try {
    if ((database.pragma('table_info("Receipt")') as unknown[]).length === 0) return [];
    const champion = database.prepare<[], ChampionRow>(CHAMPION).get();
    if (champion === undefined) return [];
    const lost = database.prepare<[string], { count: number }>(LOST).get(champion.version)?.count ?? 0;
    // Base models, which are looked at by themselves, lie elsewhere.
    const kept = database.prepare<[], KeptRow>(KEPT).all();
    const trained = kept.filter(({ directory }) => !path.isAbsolute(directory));
    return [
      ...(await fileFindings(config.home, trained)),
      deletionFinding(champion, now),
      receiptFinding(champion.version, lost),
    ];
  } finally {
    database.close();
  }
}

async function fileFindings(home: string, trained: readonly KeptRow[]): Promise<Finding[]> {
  const name = 'trained models';
  if (trained.length === 0) return [];
  const damaged: string[] = [];
  for (const { version, directory } of trained) {
    try {
      await openModelDirectory(path.resolve(home, directory));
    } catch (error) {
      if (!(error instanceof NunchiError)) throw error;
      damaged.push(`${version}: ${error.message}`);
    }
  }
  if (damaged.length === 0) return [ok(name, `${trained.length}, every file checked`)];
  return [
    {
      name,
      state: 'problem',
      detail: damaged.join('; '),
      mend: 'Put the folder back from a backup, or train again (`nunchi train`): the same corrections make the same model anew.',
    },
  ];
}

function deletionFinding({ version, taintedAt }: ChampionRow, now: Date): Finding {
  const name = 'deletions';
  if (taintedAt === null) return ok(name, `${version} learned from nothing that was deleted`);
  const dueAt = new Date(new Date(taintedAt).getTime() + REBUILD_WITHIN_MS);
  if (now <= dueAt) {
    const due = dueAt.toISOString();
    return note(name, `${version} learned from a deleted message; the next night leaves it out, by ${due}`);
  }
  return {
    name,
    state: 'problem',
    detail: `${version} learned from a message that was deleted more than 48 hours ago and is still in use`,
    mend: '`nunchi nightly --now` trains without it; where that fails, promote the base model: `nunchi model list`.',
  };
}

function receiptFinding(version: string, lost: number): Finding {
  const name = 'corrections';
  if (lost === 0) return ok(name, `${version} reads none wrongly that a model before read rightly`);
  return note(
    name,
    `${version} reads ${lost} corrections wrongly that a model before read rightly`,
    '`nunchi model show` and `model diff` say more; `nunchi model rollback` goes back.',
  );
}
