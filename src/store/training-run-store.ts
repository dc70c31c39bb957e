// Training runs: what was tried, what came of it and why.
import { NunchiError } from '../errors.js';
import type { TrainingRun as RunRow } from './generated/sqlite/client.js';
import { newId } from './ids.js';
import { isPrismaError, type Repositories } from './repositories.js';
import type { TrainingRun, TrainingRunState, TrainingRunStore } from './contracts/runs.js';

export function createTrainingRunStore({ client, now }: Repositories): TrainingRunStore {
  return {
    async start({ trigger, corrections, baseVersion }) {
      const row = await client.trainingRun.create({
        data: { id: newId(), state: 'running', trigger, startedAt: now(), corrections, baseVersion },
      });
      return toRun(row);
    },
    async update(id, { report, ...change }) {
      try {
        const row = await client.trainingRun.update({
          where: { id },
          data: { ...change, ...(report === undefined ? {} : { report: JSON.stringify(report) }) },
        });
        return toRun(row);
      } catch (error) {
        if (!isPrismaError(error, 'P2025')) throw error;
        throw new NunchiError('not-found', `there is no training run ${id}`, { cause: error });
      }
    },
    async get(id) {
      const row = await client.trainingRun.findUnique({ where: { id } });
      return row === null ? null : toRun(row);
    },
    async list(limit) {
      const rows = await client.trainingRun.findMany({ orderBy: { id: 'desc' }, take: limit });
      return rows.map(toRun);
    },
    async failInterrupted(reason) {
      const { count } = await client.trainingRun.updateMany({
        where: { state: 'running' },
        data: { state: 'failed', reason, endedAt: now() },
      });
      return count;
    },
  };
}

function toRun(row: RunRow): TrainingRun {
  return {
    ...row,
    state: row.state as TrainingRunState,
    report: row.report === null ? null : (JSON.parse(row.report) as unknown),
  };
}
