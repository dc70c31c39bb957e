// Models: versions, which was live when, what they learned, and what has to leave them.
import type { Label } from '../../labels.js';

export interface ModelRecord {
  version: string;
  directory: string;
  parent: string | null;
  createdAt: Date;
  metrics: unknown;
  /** Since a message that it was trained on was deleted: it does not come into use again. */
  taintedAt: Date | null;
  /** Since its directory was removed. */
  purgedAt: Date | null;
  purgeReason: string | null;
}

export interface NewModel extends Pick<ModelRecord, 'version' | 'directory' | 'parent' | 'metrics'> {
  /** Ids of the messages whose corrections it was trained on. @default none */
  rows?: readonly string[];
  /** When it was made. @default now */
  createdAt?: Date;
}

export type ModelAlias = 'champion' | 'challenger' | 'previous';

/** `deletion`: made without what was deleted; `fallback`: the model in use could not be loaded at start. */
export type DeploymentKind =
  'start' | 'fallback' | 'promotion' | 'rollback' | 'automatic-rollback' | 'deletion';

export interface Deployment {
  version: string;
  previousVersion: string | null;
  kind: DeploymentKind;
  reason: string;
  createdAt: Date;
}

/** A deleted message that a model was trained on. */
export interface Deletion {
  messageId: string;
  requestedAt: Date;
  /** Since no model that is kept was trained on it; null as long as one is. */
  doneAt: Date | null;
  /** The model in use then. */
  doneVersion: string | null;
}

/**
 * How a model reads a correction when it comes into use, beside the model before: as rightly as that one, rightly for the
 * first time, no longer surely, or as something else now.
 */
export type ReceiptState = 'kept' | 'gained' | 'unsure' | 'lost';

export interface Receipt {
  messageId: string;
  /** What it should be read as. */
  label: Label;
  state: ReceiptState;
}

export interface ModelRegistryStore {
  /**
   * The same version again updates the rest, and brings back a purged one. With rows it is tainted where one of them was
   * deleted meanwhile, and else not any more.
   */
  register(model: NewModel): Promise<ModelRecord>;
  /** Newest first, purged ones too. */
  list(): Promise<ModelRecord[]>;
  get(version: string): Promise<ModelRecord | null>;
  alias(name: ModelAlias): Promise<ModelRecord | null>;
  /**
   * Moves `champion` to `version` and `previous` to the one before, unless that is tainted or rolled back automatically, and
   * appends to the deployment log, in one transaction.
   * @param stays it serves already: traffic did not move
   * @throws NunchiError `not-found`; `model-withdrawn` for one that is tainted or purged
   */
  deploy(
    version: string,
    reason: string,
    options?: { kind?: DeploymentKind; stays?: boolean },
  ): Promise<Deployment>;
  /** Names the candidate that waits for a decision; null names none. Deploying it takes the name away. @throws NunchiError as `deploy` */
  setChallenger(version: string | null): Promise<void>;
  /** Newest first. */
  deployments(limit: number): Promise<Deployment[]>;
  /** The one under which a model was in use at that time; null before the first one. */
  deployedAt(date: Date): Promise<Deployment | null>;
  /** Notes that the directory is gone. */
  purge(version: string, reason: string): Promise<void>;
  /** Ids of the messages whose corrections it was trained on, those deleted since among them. */
  rows(version: string): Promise<string[]>;
  /** What manifests call those rows: keyed hashes, in the order of the ids. */
  rowKeys(messageIds: readonly string[]): string[];
}

export interface DeletionStore {
  /** Told after messages were erased that models were trained on. @param tainted versions of those models */
  onTainted(listener: (tainted: string[]) => void): () => void;
  /** Told after any message was erased because it was deleted. */
  onErased(listener: () => void): () => void;
  /** Those in a model that is kept, oldest first. */
  open(): Promise<Deletion[]>;
  /** Newest first. */
  list(limit: number): Promise<Deletion[]>;
  /** Notes those that are in no kept model any more as done; gives how many. @param version in use now */
  settle(version: string): Promise<number>;
}

export interface ReceiptStore {
  /** In place of what was there for this version. */
  save(version: string, receipts: readonly Receipt[]): Promise<void>;
  of(version: string): Promise<Receipt[]>;
  /** Only of messages whose label is still the same. */
  count(version: string): Promise<Record<ReceiptState, number>>;
}
