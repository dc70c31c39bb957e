// What commands may ask of a bot: the same calls whether it runs (over the control server) or was opened for one command.
import type { ListedModel, ModelRegistry } from '../learn/model-registry.js';
import type { Night, NightPlan, NightStatus } from '../learn/night.js';
import type { TrainingService, TrainingStatus } from '../learn/training-service.js';
import type {
  DeletionState,
  LivePeriod,
  ModelDetails,
  ModelDifference,
  ModelInspection,
  RowAnswer,
} from '../learn/model-inspection.js';
import type { Deployment } from '../store/contracts/models.js';
import type { JobRun, TrainingRun } from '../store/contracts/runs.js';

/** A value after its way through JSON. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer U)[]
    ? Wire<U>[]
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T;

export interface BotStatus {
  pid: number;
  startedAt: Date;
  /** Where the page is, or null without one. */
  address: string | null;
  model: { version: string; engine: string };
  training: TrainingStatus;
}

export interface BotApi {
  status(): Promise<Wire<BotStatus>>;
  modelList(): Promise<Wire<ListedModel>[]>;
  modelShow(version: string): Promise<Wire<ModelDetails>>;
  modelHistory(): Promise<Wire<LivePeriod>[]>;
  /** @param time ISO 8601 */
  modelAt(time: string): Promise<Wire<Deployment>>;
  /** @param versions two of them, a space between */
  modelDiff(versions: string): Promise<Wire<ModelDifference>>;
  /** @param row a version and the id of a message, a space between */
  modelContains(row: string): Promise<Wire<RowAnswer>>;
  modelDeletions(): Promise<Wire<DeletionState>[]>;
  modelPromote(version: string): Promise<Wire<Deployment>>;
  modelRollback(): Promise<Wire<Deployment>>;
  trainStart(): Promise<Wire<TrainingRun>>;
  trainCancel(): Promise<null>;
  trainConfirm(runId: string): Promise<Wire<TrainingRun>>;
  trainDecline(runId: string): Promise<Wire<TrainingRun>>;
  nightStatus(): Promise<Wire<NightStatus>>;
  nightPlan(): Promise<Wire<NightPlan>>;
  nightStart(): Promise<Wire<JobRun>>;
  nightCancel(): Promise<null>;
}

/** Every call takes one string or nothing, which is all that the control server has to check. */
export const BOT_CALLS: Record<keyof BotApi, 'none' | 'string'> = {
  status: 'none',
  modelList: 'none',
  modelShow: 'string',
  modelHistory: 'none',
  modelAt: 'string',
  modelDiff: 'string',
  modelContains: 'string',
  modelDeletions: 'none',
  modelPromote: 'string',
  modelRollback: 'none',
  trainStart: 'none',
  trainCancel: 'none',
  trainConfirm: 'string',
  trainDecline: 'string',
  nightStatus: 'none',
  nightPlan: 'none',
  nightStart: 'none',
  nightCancel: 'none',
};

export interface BotParts {
  registry: ModelRegistry;
  training: TrainingService;
  night: Pick<Night, 'status' | 'plan' | 'startNow' | 'cancel'>;
  inspection: ModelInspection;
  describe: () => Pick<BotStatus, 'address' | 'model' | 'startedAt'>;
}

/** Two weeks. */
const NIGHTS_SHOWN = 14;

function toWire<T>(value: T): Wire<T> {
  return JSON.parse(JSON.stringify(value)) as Wire<T>;
}

/** What comes in one string because every call takes one. */
function pair(argument: string): [string, string] {
  const [first = '', second = ''] = argument.split(' ');
  return [first, second];
}

export function createBotApi({ registry, training, night, inspection, describe }: BotParts): BotApi {
  return {
    status: async () => toWire({ pid: process.pid, ...describe(), training: await training.status() }),
    modelList: async () => toWire(await registry.list()),
    modelShow: async (version) => toWire(await inspection.details(version)),
    modelHistory: async () => toWire(await inspection.history()),
    modelAt: async (time) => toWire(await inspection.liveAt(new Date(time))),
    modelDiff: async (versions) => toWire(await inspection.diff(...pair(versions))),
    modelContains: async (row) => toWire(await inspection.contains(...pair(row))),
    modelDeletions: async () => toWire(await inspection.deletions()),
    modelPromote: async (version) => toWire(await registry.promote(version, 'promoted by a command')),
    modelRollback: async () => toWire(await registry.rollback('rolled back by a command')),
    trainStart: async () => toWire(await training.start('command')),
    async trainCancel() {
      await training.cancel();
      return null;
    },
    trainConfirm: async (runId) => toWire(await training.confirm(runId)),
    trainDecline: async (runId) => toWire(await training.decline(runId)),
    nightStatus: async () => toWire(await night.status(NIGHTS_SHOWN)),
    nightPlan: async () => toWire(await night.plan()),
    nightStart: async () => toWire(await night.startNow()),
    async nightCancel() {
      await night.cancel();
      return null;
    },
  };
}
