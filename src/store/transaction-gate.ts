// Keeps one connection safe: while a transaction is open, every other query waits for its end. Without this, a plain
// write slips into the open transaction, is acknowledged, and vanishes when that transaction rolls back.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { SqlDriverAdapter, SqlQuery, Transaction } from '@prisma/driver-adapter-utils';
import { NunchiError } from '../errors.js';
import { GroupCommit, type Group } from './group-commit.js';
import { Turnstile } from './turnstile.js';

/** Set while the body of a transaction runs; `open` turns false with its end, for what outlives it (timers). */
interface TransactionScope {
  open: boolean;
}

const scopes = new AsyncLocalStorage<TransactionScope>();

/**
 * Runs the body of an interactive transaction. A query of the plain client awaited in it waits for the transaction, and
 * the transaction for the query: after the gate's longest wait such a query throws `database-nested-query`. Not at once,
 * because a query from elsewhere looks the same: Prisma sends those of one moment together, in the context of the first.
 */
export async function insideTransaction<T>(body: () => Promise<T>): Promise<T> {
  const scope: TransactionScope = { open: true };
  try {
    return await scopes.run(scope, body);
  } finally {
    scope.open = false;
  }
}

export interface GateOptions {
  /** Longest wait of a query for the open transaction, in milliseconds. */
  timeoutMs: number;
  /** Turns a driver's error into a coded one, or gives it back. */
  translate: (error: unknown) => unknown;
  /** Whether the connection is still in a transaction (a COMMIT that failed leaves it there). */
  inTransaction: () => boolean;
}

/** The adapter with the gate in front, and commits in groups. */
export function withTransactionGate(inner: SqlDriverAdapter, options: GateOptions): SqlDriverAdapter {
  const turnstile = new Turnstile(options.timeoutMs);
  const groups = new GroupCommit(inner, turnstile, options.inTransaction);

  const run = async <T>(query: () => Promise<T>): Promise<T> => {
    try {
      return await query();
    } catch (error) {
      groups.failed(error);
      throw options.translate(error);
    }
  };
  const read = async <T>(query: () => Promise<T>): Promise<T> => {
    await explainNested(() => turnstile.pass());
    const { pending } = groups;
    try {
      return await run(query);
    } finally {
      // What it has seen may have to be taken back else.
      if (pending !== null) await run(() => pending);
    }
  };
  const write = async <T>(query: () => Promise<T>): Promise<T> => {
    const release = await explainNested(() => turnstile.acquire());
    let durable: Promise<void> | null = null;
    try {
      ({ durable } = await run(() => groups.join()));
      return await run(query);
    } finally {
      release();
      // Also where it was refused, for what is there already.
      if (durable !== null) await run(() => durable as Promise<void>);
    }
  };

  return {
    provider: inner.provider,
    adapterName: inner.adapterName,
    // Prisma asks for what it inserts and updates in the same statement.
    queryRaw: (query) => (isRead(query) ? read : write)(() => inner.queryRaw(query)),
    executeRaw: (query) => write(() => inner.executeRaw(query)),
    executeScript: (script) => write(() => inner.executeScript(script)),
    async startTransaction() {
      const release = await explainNested(() => turnstile.acquire());
      try {
        return await run(async () => beginMember(await groups.join(), run, options, release));
      } catch (error) {
        release();
        throw error;
      }
    },
    getConnectionInfo: () => inner.getConnectionInfo?.() ?? { supportsRelationJoins: false },
    async dispose() {
      await groups.flush();
      await inner.dispose();
    },
  };
}

const isRead = ({ sql }: SqlQuery) => /^\s*SELECT\b/i.test(sql);

const MEMBER = 'nunchi_member';

/** A transaction of Prisma's as a savepoint of the group. */
async function beginMember(
  { transaction: inner, durable }: Group,
  run: <T>(query: () => Promise<T>) => Promise<T>,
  { inTransaction }: GateOptions,
  release: () => void,
): Promise<Transaction> {
  const command = (sql: string) => inner.executeRaw({ sql, args: [], argTypes: [] });
  let ended = false;
  await command(`SAVEPOINT ${MEMBER}`);

  async function commit(): Promise<void> {
    await run(() => command(`RELEASE ${MEMBER}`));
    leave();
    await run(() => durable);
  }
  async function rollBack(): Promise<void> {
    if (ended) return;
    try {
      // SQLite may have rolled back on its own (a full disk); another ROLLBACK would hide the first error.
      if (inTransaction()) {
        await run(() => command(`ROLLBACK TO ${MEMBER}`));
        await run(() => command(`RELEASE ${MEMBER}`));
      }
    } finally {
      leave();
    }
    // What it was refused for may be there only with the rest of the group.
    await run(() => durable);
  }
  function leave(): void {
    ended = true;
    release();
  }

  return {
    provider: inner.provider,
    adapterName: inner.adapterName,
    options: inner.options,
    queryRaw: (query) => run(() => inner.queryRaw(query)),
    async executeRaw(query) {
      if (query.sql === 'COMMIT') await commit();
      else if (query.sql === 'ROLLBACK') await rollBack();
      else return run(() => inner.executeRaw(query));
      return 0;
    },
    // Prisma has said COMMIT, or ROLLBACK, already; after one that failed it calls `rollback`.
    commit: () => Promise.resolve(),
    rollback: rollBack,
    createSavepoint: async (name) => inner.createSavepoint?.(name),
    rollbackToSavepoint: async (name) => inner.rollbackToSavepoint?.(name),
    releaseSavepoint: async (name) => inner.releaseSavepoint?.(name),
  };
}

async function explainNested<T>(enter: () => Promise<T>): Promise<T> {
  const scope = scopes.getStore();
  try {
    return await enter();
  } catch (error) {
    if (scope?.open !== true) throw error;
    throw new NunchiError(
      'database-nested-query',
      'a query outside the open transaction was awaited inside it, and the two waited for each other',
      { hint: 'Use the client that the transaction hands to its body.', cause: error },
    );
  }
}
