// A training service whose run goes on when the test says so; runs and corrections are the store's own.
import { NunchiError } from '../../src/errors.js';
import type { TrainingEvent, TrainingPhase, TrainingService } from '../../src/learn/training-service.js';
import { NOTHING_WAITS } from '../../src/learn/trust/trust.js';
import type { TrainingRun } from '../../src/store/contracts/runs.js';
import type { Store } from '../../src/store/store.js';
import type { TrainingProgress } from '../../src/train/job.js';

export interface FakeTraining extends TrainingService {
  progress(progress: TrainingProgress): Promise<void>;
  phase(phase: TrainingPhase): Promise<void>;
  /** Ends the run under way in this state. */
  end(change: Partial<TrainingRun>): Promise<void>;
  emit(event: TrainingEvent): void;
  /** What `confirm` does after it has recorded the run. */
  onConfirm: (run: TrainingRun) => Promise<void>;
  readonly listeners: number;
}

export function createFakeTraining(store: Store, baseVersion = 'nunchi-00000001'): FakeTraining {
  const listeners = new Set<(event: TrainingEvent) => void>();
  let run: TrainingRun | null = null;
  let phase: TrainingPhase = 'idle';
  let progress: TrainingProgress | null = null;

  const status = async () => ({
    phase,
    run,
    progress,
    pendingCorrections: await store.feedback.pendingCount(),
    waiting: NOTHING_WAITS,
  });
  const emit = (event: TrainingEvent) => {
    for (const listener of listeners) listener(event);
  };
  const tell = async () => emit({ type: 'status', status: await status() });
  const current = (): TrainingRun => {
    if (!run) throw new NunchiError('not-found', 'There is no run');
    return run;
  };
  const end = async (change: Partial<TrainingRun>) => {
    run = await store.runs.update(current().id, { endedAt: new Date(), ...change });
    phase = 'idle';
    progress = null;
    await tell();
  };

  const fake: FakeTraining = {
    onConfirm: () => Promise.resolve(),
    get listeners() {
      return listeners.size;
    },
    status,
    emit,
    end,
    async start(trigger) {
      if (phase !== 'idle') throw new NunchiError('training-running', 'A training run is under way');
      const corrections = await store.feedback.pendingCount();
      if (corrections === 0) throw new NunchiError('not-enough-data', 'No corrections to learn from');
      run = await store.runs.start({ trigger, corrections, baseVersion });
      phase = 'preparing';
      await tell();
      return run;
    },
    async plan() {
      const corrections = (await store.feedback.corrections()).length;
      const replay = { trainedReplay: 1200, heldOutReplay: 500, replaySources: { nunchi: 1200 } };
      return {
        baseVersion,
        engine: 'auto',
        trainedCorrections: corrections,
        heldOutCorrections: 0,
        ...replay,
      };
    },
    async cancel() {
      if (phase !== 'idle') await end({ state: 'cancelled', reason: 'Cancelled by the operator' });
    },
    async confirm(runId) {
      const confirmed = await store.runs.update(runId, { state: 'promoted' });
      run = confirmed;
      await fake.onConfirm(confirmed);
      await tell();
      return confirmed;
    },
    async decline(runId) {
      run = await store.runs.update(runId, { state: 'kept', reason: 'Declined by the operator' });
      await tell();
      return run;
    },
    async progress(next) {
      phase = 'training';
      progress = next;
      await tell();
    },
    async phase(next) {
      phase = next;
      progress = null;
      await tell();
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => Promise.resolve(),
  };
  return fake;
}
