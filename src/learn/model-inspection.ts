// Questions about models that change nothing: one in full, two side by side, which was live when, whether one learned a row.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { NunchiError } from '../errors.js';
import { childEntry } from '../paths.js';
import { forkChild } from '../process/fork-child.js';
import { createRequester } from '../process/requests.js';
import type { Deletion, Deployment, DeploymentKind, ReceiptState } from '../store/contracts/models.js';
import type { TrainingRun } from '../store/contracts/runs.js';
import type { Store } from '../store/store.js';
import type { DirectoryDifference } from './compare-models.js';
import type { CompareProtocol } from './compare-worker.js';
import { REBUILD_WITHIN_MS } from './deletion.js';
import { modelDirectory, type ListedModel, type ModelRegistry } from './model-registry.js';
import { shownReport } from './training-report.js';

export interface ModelDetails extends ListedModel {
  /** The model, what it was trained from, and so on. */
  lineage: string[];
  /** Corrections that it was trained on. */
  rows: number;
  /** How it read the corrections when it came into use; labels changed since do not count. */
  receipts: Record<ReceiptState, number>;
  /** What the gate said of it, or null. */
  verdict: { en: string; ko: string } | null;
  /** Newest first. */
  deployments: Deployment[];
}

/** A deployment and how long it lasted. */
export interface LivePeriod extends Deployment {
  /** When the next one took over; null for the model in use. */
  until: Date | null;
}

export interface ModelDifference {
  before: ModelDetails;
  after: ModelDetails;
  /** The nearest model that both were trained from, or one of them where the other was trained from it. */
  commonAncestor: string | null;
  /**
   * Ids of messages whose corrections only one of them read rightly when it came into use; null where one never did since
   * there is a correction. Those decided after one of them last did are left out.
   */
  receipts: { onlyBefore: string[]; onlyAfter: string[] } | null;
  /** null where the files of one are gone. */
  files: DirectoryDifference | null;
}

/** Whether a model was trained on the correction of a message. */
export interface RowAnswer {
  version: string;
  messageId: string;
  /** Whether Nunchi knows a message of this id, or knew one that a model was trained on. */
  known: boolean;
  contains: boolean;
  /** How many corrections it was trained on. */
  rows: number;
  /** Its manifest lists keyed hashes of them; where its files are gone, the database has it on record. */
  source: 'manifest' | 'record';
}

export interface DeletionState extends Deletion {
  /** By then no model may be kept that was trained on it. */
  dueAt: Date;
}

export interface ModelInspection {
  /** @throws NunchiError `not-found` */
  details(version: string): Promise<ModelDetails>;
  /** Newest first. */
  history(): Promise<LivePeriod[]>;
  /** Which model was in use then. @throws NunchiError `not-found` before the first one */
  liveAt(date: Date): Promise<Deployment>;
  /** Loads both models in a process of its own, which takes seconds. @throws NunchiError `not-found`, and what loading throws */
  diff(before: string, after: string): Promise<ModelDifference>;
  /** @param messageId Nunchi's own */
  contains(version: string, messageId: string): Promise<RowAnswer>;
  /** Newest first. */
  deletions(): Promise<DeletionState[]>;
}

export interface ModelInspectionConfig {
  store: Pick<Store, 'models' | 'receipts' | 'runs' | 'deletions' | 'messages' | 'feedback'>;
  registry: Pick<ModelRegistry, 'show' | 'lineage'>;
  home: string;
  threads: number;
  threshold: number;
}

const DEPLOYMENTS_SHOWN = 200;
const DELETIONS_SHOWN = 200;
const RUNS_LOOKED_AT = 200;
const COMPARE_TIMEOUT_MS = 120_000;

const Rows = z.looseObject({ rows: z.array(z.string()).optional() });

export function createModelInspection(config: ModelInspectionConfig): ModelInspection {
  const { store, registry, home, threads, threshold } = config;

  async function details(version: string): Promise<ModelDetails> {
    const model = await registry.show(version);
    const [lineage, rows, receipts, deployments, runs] = await Promise.all([
      registry.lineage(version),
      store.models.rows(version),
      store.receipts.count(version),
      store.models.deployments(DEPLOYMENTS_SHOWN),
      store.runs.list(RUNS_LOOKED_AT),
    ]);
    return {
      ...model,
      lineage,
      rows: rows.length,
      receipts,
      verdict: verdictOf(runs, version),
      deployments: deployments.filter((deployment) => deployment.version === version),
    };
  }

  /** Ids of what it read rightly. */
  async function rightlyRead(version: string): Promise<string[]> {
    const receipts = await store.receipts.of(version);
    return receipts
      .filter(({ state }) => state === 'kept' || state === 'gained')
      .map(({ messageId }) => messageId);
  }

  /** null where they cannot be compared: what was decided after one of them last came into use has no receipt of it. */
  async function compareReceipts(
    before: ModelDetails,
    after: ModelDetails,
  ): Promise<ModelDifference['receipts']> {
    const read = [before, after].map(({ deployments }) => deployments.find(({ kind }) => READ_BY.has(kind)));
    const until = Math.min(...read.map((deployment) => deployment?.createdAt.getTime() ?? -Infinity));
    const decided = (await store.feedback.corrections()).filter(
      ({ decidedAt }) => decidedAt.getTime() <= until,
    );
    if (decided.length === 0) return null;
    const comparable = new Set(decided.map(({ messageId }) => messageId));
    const [then, now] = [await rightlyRead(before.version), await rightlyRead(after.version)];
    const only = (these: readonly string[], those: readonly string[]) => {
      const others = new Set(those);
      return these.filter((id) => comparable.has(id) && !others.has(id));
    };
    return { onlyBefore: only(then, now), onlyAfter: only(now, then) };
  }

  async function compareFiles(
    before: ModelDetails,
    after: ModelDetails,
  ): Promise<DirectoryDifference | null> {
    if (before.purgedAt !== null || after.purgedAt !== null) return null;
    const child = forkChild(childEntry('src/learn/compare-worker.ts'));
    const tooLong = setTimeout(() => void child.stop(0), COMPARE_TIMEOUT_MS);
    try {
      return await createRequester<CompareProtocol>(child).request('compare', {
        before: modelDirectory(home, before),
        after: modelDirectory(home, after),
        threads,
        threshold,
      });
    } finally {
      clearTimeout(tooLong);
      await child.stop();
    }
  }

  async function manifestRows(model: ListedModel): Promise<string[]> {
    const file = path.join(modelDirectory(home, model), 'manifest.json');
    return Rows.parse(JSON.parse(await readFile(file, 'utf8'))).rows ?? [];
  }

  return {
    details,
    async history() {
      const deployments = await store.models.deployments(DEPLOYMENTS_SHOWN);
      return deployments.map((deployment, index) => ({
        ...deployment,
        until: deployments[index - 1]?.createdAt ?? null,
      }));
    },
    async liveAt(date) {
      const deployment = await store.models.deployedAt(date);
      if (deployment !== null) return deployment;
      throw new NunchiError('not-found', `No model was in use on ${date.toISOString()}`, {
        hint: '`nunchi model history` shows since when there was one.',
      });
    },
    async diff(versionBefore, versionAfter) {
      const [before, after] = [await details(versionBefore), await details(versionAfter)];
      return {
        before,
        after,
        commonAncestor: before.lineage.find((version) => after.lineage.includes(version)) ?? null,
        receipts: await compareReceipts(before, after),
        files: await compareFiles(before, after),
      };
    },
    async contains(version, messageId) {
      const known =
        (await store.messages.get(messageId)) !== null ||
        (await store.deletions.list(DELETIONS_SHOWN)).some((deletion) => deletion.messageId === messageId);
      const model = await registry.show(version);
      if (model.purgedAt !== null) {
        const rows = await store.models.rows(version);
        const contains = rows.includes(messageId);
        return { version, messageId, known, contains, rows: rows.length, source: 'record' };
      }
      const rows = await manifestRows(model);
      const [key = ''] = store.models.rowKeys([messageId]);
      const contains = rows.includes(key);
      return { version, messageId, known, contains, rows: rows.length, source: 'manifest' };
    },
    async deletions() {
      return (await store.deletions.list(DELETIONS_SHOWN)).map((deletion) => ({
        ...deletion,
        dueAt: new Date(deletion.requestedAt.getTime() + REBUILD_WITHIN_MS),
      }));
    },
  };
}

/** Ways to come into use on which a model reads all corrections. */
const READ_BY: ReadonlySet<DeploymentKind> = new Set(['promotion', 'rollback', 'deletion']);

function verdictOf(runs: readonly TrainingRun[], version: string): ModelDetails['verdict'] {
  const run = runs.find(({ candidateVersion, report }) => candidateVersion === version && report !== null);
  return shownReport(run?.report)?.sentences ?? null;
}
