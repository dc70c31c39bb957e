// Training from corrections as the page, the commands and the nightly job see it: one run at a time.
import type { TrainingRun } from '../store/store.js';
import type { TrainingProgress } from '../train/job.js';

export type TrainingPhase = 'idle' | 'preparing' | 'training' | 'evaluating' | 'promoting';

export interface TrainingStatus {
  phase: TrainingPhase;
  /** The run under way, or the last one. */
  run: TrainingRun | null;
  progress: TrainingProgress | null;
  /** Trainable corrections that no promoted model has learned. */
  pendingCorrections: number;
}

export type TrainingEvent =
  | { type: 'status'; status: TrainingStatus }
  /** A model was promoted (by a run, a command or a rollback); `learned` are the messages whose corrections it learned. */
  | { type: 'promoted'; version: string; previousVersion: string; learned: string[] };

export interface TrainingService {
  status(): Promise<TrainingStatus>;
  /** @throws NunchiError `training-running`, `not-enough-data`. Resolves once the run is recorded; it goes on in the background. */
  start(trigger: string): Promise<TrainingRun>;
  /** Ends the run under way; the model in use is not touched. */
  cancel(): Promise<void>;
  /** Promotes the candidate of a run in state `awaiting-confirmation`; who confirmed over what is logged. */
  confirm(runId: string): Promise<TrainingRun>;
  /** Drops the candidate of a run in state `awaiting-confirmation`. */
  decline(runId: string): Promise<TrainingRun>;
  onEvent(listener: (event: TrainingEvent) => void): () => void;
  stop(): Promise<void>;
}
