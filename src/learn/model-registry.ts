// Which models there are and which one serves: list, promote, roll back.
import type { Deployment, ModelAlias, ModelRecord } from '../store/store.js';

export interface ListedModel extends ModelRecord {
  aliases: ModelAlias[];
}

export interface ModelRegistry {
  list(): Promise<ListedModel[]>;
  /** @throws NunchiError `not-found` */
  show(version: string): Promise<ListedModel>;
  /** Loads the model beside the one in use, then moves traffic. */
  promote(version: string, reason: string): Promise<Deployment>;
  /** Promotes `previous`. @throws NunchiError `not-found` where there is none. */
  rollback(reason: string): Promise<Deployment>;
}
