// Runs of scheduled jobs: who may run what, decided in the database, and how it ended.
import { newId } from './ids.js';
import type { JobRun as JobRunRow } from './generated/sqlite/client.js';
import type { Repositories } from './repositories.js';
import type { JobRun, JobRunState, JobRunStore } from './contracts/runs.js';

export function createJobRunStore({ client, now }: Repositories): JobRunStore {
  const later = (ms: number) => new Date(now().getTime() + ms);
  /** Nothing is changed by one whose claim was taken over. */
  const held = ({ id, attempts }: JobRun) => ({ id, attempts, endedAt: null });

  return {
    async claim(job, slot, { leaseMs, mostAttempts }) {
      const startedAt = now();
      const { id } = await client.jobRun.upsert({
        where: { job_slot: { job, slot } },
        // Nobody's yet: the statement below decides whose it is, and after a crash between the two it still can.
        create: { id: newId(), job, slot, state: 'running', leaseUntil: startedAt, startedAt },
        // Says nothing new, but with an empty one Prisma would read first and write then.
        update: { job },
        select: { id: true },
      });
      const [row] = await client.jobRun.updateManyAndReturn({
        where: { id, endedAt: null, leaseUntil: { lte: startedAt }, attempts: { lt: mostAttempts } },
        data: { attempts: { increment: 1 }, leaseUntil: later(leaseMs), reason: null, startedAt },
      });
      return row === undefined ? null : toJobRun(row);
    },
    async renew(claim, leaseMs) {
      const { count } = await client.jobRun.updateMany({
        where: held(claim),
        data: { leaseUntil: later(leaseMs) },
      });
      return count > 0;
    },
    async note(claim, { corrections, trainingRunId }) {
      await client.jobRun.updateMany({
        where: held(claim),
        data: {
          ...(corrections === undefined ? {} : { corrections }),
          ...(trainingRunId === undefined ? {} : { trainingRunId }),
        },
      });
    },
    async release(claim, reason) {
      await client.jobRun.updateMany({ where: held(claim), data: { leaseUntil: now(), reason } });
    },
    async end(claim, { state, reason }) {
      const [row] = await client.jobRun.updateManyAndReturn({
        where: held(claim),
        data: { state, reason, endedAt: now() },
      });
      return row === undefined ? null : toJobRun(row);
    },
    async failAbandoned(job, { exceptSlot, mostAttempts, reason }) {
      const { count } = await client.jobRun.updateMany({
        where: {
          job,
          endedAt: null,
          leaseUntil: { lte: now() },
          OR: [{ slot: { not: exceptSlot } }, { attempts: { gte: mostAttempts } }],
        },
        data: { state: 'failed', reason, endedAt: now() },
      });
      return count;
    },
    async find(job, slot) {
      const row = await client.jobRun.findUnique({ where: { job_slot: { job, slot } } });
      return row === null ? null : toJobRun(row);
    },
    async list(job, limit) {
      const rows = await client.jobRun.findMany({ where: { job }, orderBy: { id: 'desc' }, take: limit });
      return rows.map(toJobRun);
    },
    async installedAt() {
      const { createdAt } = await client.installation.findUniqueOrThrow({ where: { id: 1 } });
      return createdAt;
    },
  };
}

const toJobRun = (row: JobRunRow): JobRun => ({ ...row, state: row.state as JobRunState });
