// Keeps one connection safe: while a transaction is open, every other query waits for its end. Without this, a plain
// write slips into the open transaction, is acknowledged, and vanishes when that transaction rolls back.
import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  IsolationLevel,
  SqlDriverAdapter,
  SqlQuery,
  SqlResultSet,
  Transaction,
} from '@prisma/driver-adapter-utils';
import { NunchiError } from '../errors.js';

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

/** First come, first served; `acquire` gives the function that opens the gate again. */
class Turnstile {
  #closed = false;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly timeoutMs: number) {}

  async pass(): Promise<void> {
    // Whoever comes behind a waiting transaction waits as well: otherwise busy readers could starve it.
    if (this.#closed) await this.#wait(() => undefined);
  }

  async acquire(): Promise<() => void> {
    if (this.#closed) await this.#wait(() => (this.#closed = true));
    else this.#closed = true;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#open();
    };
  }

  #open(): void {
    this.#closed = false;
    while (!this.#closed && this.#waiting.length > 0) this.#waiting.shift()?.();
  }

  #wait(enter: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(admit), 1);
        reject(
          new NunchiError('database-timeout', `the database was busy for ${this.timeoutMs} ms`, {
            hint: 'Try again; if it stays so, restart Nunchi and look at its log.',
          }),
        );
      }, this.timeoutMs);
      const admit = () => {
        clearTimeout(timer);
        enter();
        resolve();
      };
      this.#waiting.push(admit);
    });
  }
}

/** The adapter with the gate in front. Transactions themselves pass: they hold the gate. */
export function withTransactionGate(inner: SqlDriverAdapter, options: GateOptions): SqlDriverAdapter {
  const turnstile = new Turnstile(options.timeoutMs);

  const run = async <T>(query: () => Promise<T>): Promise<T> => {
    try {
      return await query();
    } catch (error) {
      throw options.translate(error);
    }
  };
  const runPlain = async <T>(query: () => Promise<T>): Promise<T> => {
    await explainNested(() => turnstile.pass());
    return run(query);
  };

  return {
    provider: inner.provider,
    adapterName: inner.adapterName,
    queryRaw: (query) => runPlain(() => inner.queryRaw(query)),
    executeRaw: (query) => runPlain(() => inner.executeRaw(query)),
    executeScript: (script) => runPlain(() => inner.executeScript(script)),
    async startTransaction(isolationLevel?: IsolationLevel) {
      const release = await explainNested(() => turnstile.acquire());
      try {
        const transaction = await run(() => inner.startTransaction(isolationLevel));
        return gatedTransaction(transaction, run, options, release);
      } catch (error) {
        release();
        throw error;
      }
    },
    getConnectionInfo: () => inner.getConnectionInfo?.() ?? { supportsRelationJoins: false },
    dispose: () => inner.dispose(),
  };
}

function gatedTransaction(
  inner: Transaction,
  run: <T>(query: () => Promise<T>) => Promise<T>,
  options: GateOptions,
  release: () => void,
): Transaction {
  const end = async (finish: () => Promise<void>) => {
    try {
      // Still in a transaction: COMMIT or ROLLBACK failed, and the next BEGIN would fail with it.
      if (options.inTransaction()) await inner.executeRaw({ sql: 'ROLLBACK', args: [], argTypes: [] });
      await finish();
    } finally {
      release();
    }
  };
  return {
    provider: inner.provider,
    adapterName: inner.adapterName,
    options: inner.options,
    queryRaw: (query: SqlQuery): Promise<SqlResultSet> => run(() => inner.queryRaw(query)),
    async executeRaw(query: SqlQuery): Promise<number> {
      // SQLite may have rolled back on its own (a full disk); a second ROLLBACK would hide the first error.
      if (query.sql === 'ROLLBACK' && !options.inTransaction()) return 0;
      return run(() => inner.executeRaw(query));
    },
    commit: () => end(() => inner.commit()),
    rollback: () => end(() => inner.rollback()),
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
