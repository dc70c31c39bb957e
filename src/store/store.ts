// What Nunchi keeps, as the rest of Nunchi sees it; the parts are in `contracts`.
import type { InboxStore, OutboxStore } from './contracts/delivery.js';
import type { FeedbackStore, ReviewStore } from './contracts/labels.js';
import type { MessageStore, PredictionStore } from './contracts/messages.js';
import type { DeletionStore, ModelRegistryStore, ReceiptStore } from './contracts/models.js';
import type { PeopleStore, SettingsStore } from './contracts/people.js';
import type { ProgressiveStore, ReportStore } from './contracts/reports.js';
import type { JobRunStore, TrainingRunStore } from './contracts/runs.js';
import type { TestimonyStore } from './contracts/testimony.js';

export interface Store {
  messages: MessageStore;
  predictions: PredictionStore;
  feedback: FeedbackStore;
  models: ModelRegistryStore;
  deletions: DeletionStore;
  receipts: ReceiptStore;
  runs: TrainingRunStore;
  jobRuns: JobRunStore;
  review: ReviewStore;
  testimony: TestimonyStore;
  inbox: InboxStore;
  outbox: OutboxStore;
  settings: SettingsStore;
  people: PeopleStore;
  reports: ReportStore;
  progressive: ProgressiveStore;
  close(): Promise<void>;
}
