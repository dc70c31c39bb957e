// What every repository is made of, and the two ways they touch the database beyond a single statement.
import { NunchiError } from '../errors.js';
import { Prisma, type PrismaClient } from './generated/sqlite/client.js';
import type { StoreKeys } from './keys.js';
import { insideTransaction } from './transaction-gate.js';

export interface Repositories {
  client: PrismaClient;
  keys: StoreKeys;
  now: () => Date;
}

/**
 * Runs `body` in one transaction; inside, only the client that it is given may be used.
 * @throws NunchiError `database-nested-query` where the outer client is used, `database-timeout`.
 */
export async function transact<T>(
  client: PrismaClient,
  body: (transaction: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  try {
    return await client.$transaction((transaction) => insideTransaction(() => body(transaction)));
  } catch (error) {
    if (isPrismaError(error, 'P2028')) {
      throw new NunchiError('database-timeout', 'a transaction took too long and was rolled back', {
        hint: 'Try again; if it stays so, look at the load of the machine and the disk.',
        cause: error,
      });
    }
    throw error;
  }
}

/** https://www.prisma.io/docs/orm/reference/error-reference: P2002 unique, P2003 foreign key, P2025 no such row. */
export function isPrismaError(error: unknown, code: 'P2002' | 'P2003' | 'P2025' | 'P2028'): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === code;
}

/** Databases limit the parameters of a statement. */
const IDS_PER_QUERY = 500;

export async function inChunks<T>(
  ids: readonly string[],
  query: (chunk: string[]) => Promise<T[]>,
): Promise<T[]> {
  const results: T[] = [];
  for (let start = 0; start < ids.length; start += IDS_PER_QUERY) {
    results.push(...(await query(ids.slice(start, start + IDS_PER_QUERY))));
  }
  return results;
}
