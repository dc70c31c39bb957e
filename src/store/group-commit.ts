// Group commit: what is written in one moment goes to the disk together. Waiting for the disk is most of what a durable
// write costs, and one wait serves all of a group. Members run one after another, each as it would alone; none is
// acknowledged before the disk has them all. After D. DeWitt et al., "Implementation techniques for main memory database
// systems" (1984).
import type { SqlDriverAdapter, Transaction } from '@prisma/driver-adapter-utils';
import type { Turnstile } from './turnstile.js';

export interface Group {
  /** What its members run in. */
  transaction: Transaction;
  /** Resolves once the disk has it; rejects with what kept it from there. */
  durable: Promise<void>;
}

interface OpenGroup extends Group {
  /** What made SQLite roll it back by itself. */
  cause: Error | null;
  succeed: () => void;
  fail: (error: unknown) => void;
}

const statement = (sql: string) => ({ sql, args: [], argTypes: [] });

export class GroupCommit {
  #open: OpenGroup | null = null;
  /** Of the last group, however it ended. */
  #ended: Promise<void> = Promise.resolve();

  /** @param inTransaction whether the connection is in a transaction, which SQLite may have ended by itself */
  constructor(
    private readonly inner: SqlDriverAdapter,
    private readonly turnstile: Turnstile,
    private readonly inTransaction: () => boolean,
  ) {}

  /** What was read now may not be on the disk before this: null where it is already. */
  get pending(): Promise<void> | null {
    return this.#open?.durable ?? null;
  }

  /**
   * The group of this moment, a new one where there is none. Only whoever holds the turnstile may ask, and may run only
   * until they let go of it.
   */
  async join(): Promise<Group> {
    if (this.#open !== null && !this.inTransaction()) await this.#end(this.#open);
    return (this.#open ??= await this.#begin());
  }

  /** A statement of a member has failed. Mostly that is the member's own affair; a full disk, for example, ends the group. */
  failed(error: unknown): void {
    if (this.#open !== null && !this.inTransaction())
      this.#open.cause ??= error instanceof Error ? error : null;
  }

  /** Waits until what was written so far has ended, on the disk or not. */
  async flush(): Promise<void> {
    await this.#ended;
  }

  async #begin(): Promise<OpenGroup> {
    const transaction = await this.inner.startTransaction();
    let succeed = (): void => undefined;
    let fail = (_error: unknown): void => undefined;
    const durable = new Promise<void>((resolve, reject) => {
      succeed = resolve;
      fail = reject;
    });
    // Members hear of a failure; where none is left to, nobody has to.
    this.#ended = durable.catch(() => undefined);
    const group = { transaction, durable, cause: null, succeed, fail };
    // Whoever waits at the turnstile by then is of the group; whoever comes later is of the next.
    setImmediate(() => void this.#close(group));
    return group;
  }

  async #close(group: OpenGroup): Promise<void> {
    const release = await this.turnstile.acquirePatiently();
    try {
      if (this.#open === group) await this.#end(group);
    } finally {
      release();
    }
  }

  async #end(group: OpenGroup): Promise<void> {
    this.#open = null;
    const { transaction } = group;
    try {
      if (!this.inTransaction())
        throw group.cause ?? new Error('the transaction of the group has ended by itself');
      await transaction.executeRaw(statement('COMMIT'));
      group.succeed();
    } catch (error) {
      group.fail(error);
      if (this.inTransaction()) await transaction.executeRaw(statement('ROLLBACK'));
    } finally {
      // Lets the next transaction begin; does nothing to the database.
      await transaction.commit();
    }
  }
}
