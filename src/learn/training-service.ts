// Training from corrections as the page, the commands and the nightly job see it: one run at a time.
// Here is the life of a run (start, cancel, confirm, record); what a run does is in `training-run.ts`.
import { NunchiError } from '../errors.js';
import type { Logger } from '../log.js';
import type { Deployment } from '../store/contracts/models.js';
import type { TrainingRun } from '../store/contracts/runs.js';
import type { Store } from '../store/store.js';
import type { TrainingProgress } from '../train/job.js';
import { DELETION, dueRebuild } from './deletion.js';
import { alignLearned } from './learned.js';
import type { ModelRegistry } from './model-registry.js';
import { closeQuestions } from './open-questions.js';
import { answeredMessages, failureReason, WITHDRAWN } from './training-report.js';
import { executeRun, planRun, type RunConfig, type RunPlan } from './training-run.js';
import { NOTHING_WAITS, type Trust, type TrustedCorrections, type WaitingCounts } from './trust/trust.js';

export type TrainingPhase = 'idle' | 'preparing' | 'training' | 'evaluating' | 'promoting';

export interface TrainingStatus {
  phase: TrainingPhase;
  /** The run under way, or the last one. */
  run: TrainingRun | null;
  progress: TrainingProgress | null;
  /** Trainable corrections that no promoted model has learned. */
  pendingCorrections: number;
  /** Of all corrections, those that no training has for the present. */
  waiting: WaitingCounts;
}

export type TrainingEvent =
  | { type: 'status'; status: TrainingStatus }
  /** A model was promoted (by a run, a command or a rollback); `learned` are the messages whose corrections it learned. */
  | { type: 'promoted'; version: string; previousVersion: string; learned: string[] };

export interface TrainingService {
  status(): Promise<TrainingStatus>;
  /** @throws NunchiError `training-running`, `not-enough-data`, `corrections-waiting`. Resolves once the run is recorded; it goes on in the background. */
  start(trigger: string): Promise<TrainingRun>;
  /** What a run begun now would do. */
  plan(): Promise<RunPlan>;
  /** Ends the run under way; the model in use is not touched. */
  cancel(): Promise<void>;
  /** Promotes the candidate of a run in state `awaiting-confirmation`; who confirmed over what is logged. */
  confirm(runId: string): Promise<TrainingRun>;
  /** Drops the candidate of a run in state `awaiting-confirmation`. */
  decline(runId: string): Promise<TrainingRun>;
  onEvent(listener: (event: TrainingEvent) => void): () => void;
  stop(): Promise<void>;
}

export interface TrainingServiceConfig extends Omit<RunConfig, 'store'> {
  store: Store;
  registry: ModelRegistry;
  /** Decides which corrections are trained; without it, all of them are. */
  trust?: Trust;
  logger: Logger;
  now?: () => Date;
}

/** Runs further back have nothing left to decide. */
const RUNS_LOOKED_AT = 20;

export function createTrainingService(config: TrainingServiceConfig): TrainingService {
  const { store, registry, trust, logger } = config;
  const now = config.now ?? (() => new Date());
  const listeners = new Set<(event: TrainingEvent) => void>();
  let phase: TrainingPhase = 'idle';
  let progress: TrainingProgress | null = null;
  let current: { runId: string | null; abort: AbortController; done: Promise<void> } | null = null;
  /** Runs announce their own promotions, together with what was learned. */
  let promotingOwn = false;
  let stopped = false;

  const stopListening = registry.onDeployed((deployment) => {
    if (!promotingOwn) void adopt(deployment);
  });

  /** Nobody can confirm what learned from a message that is deleted now. Never rejects. */
  const stopTainted = store.deletions.onTainted((tainted) => {
    const withdraw = async () => {
      if (await closeQuestions(store, WITHDRAWN, (version) => tainted.includes(version))) await emitStatus();
    };
    withdraw().catch((error: unknown) => {
      logger.error('a run whose model learned from something deleted could not be ended', { error });
    });
  });

  /** A command may promote a candidate that a run left for confirmation, or kept out of use: the run then has another end. */
  async function adopt(deployment: Deployment): Promise<void> {
    let learned: string[] = [];
    try {
      const own = (await store.runs.list(RUNS_LOOKED_AT)).filter(
        ({ candidateVersion }) => candidateVersion === deployment.version,
      );
      const run = own.find(({ state }) => state === 'awaiting-confirmation' || state === 'kept');
      // Where it was in use before, a later run may have been kept for giving the very same model.
      const isFirst = deployment.kind === 'promotion' && own.every(({ state }) => state !== 'promoted');
      if (run !== undefined && isFirst) {
        learned = answeredMessages(run);
        await store.runs.update(run.id, { state: 'promoted', reason: null });
      }
      await alignLearned(store, deployment.version);
    } catch (error) {
      logger.error('the run of a promoted model could not be updated', {
        version: deployment.version,
        error,
      });
    }
    announce(deployment, learned);
    await emitStatus();
  }

  function emit(event: TrainingEvent): void {
    for (const listener of listeners) listener(event);
  }

  function announce(deployment: Deployment, learned: string[]): void {
    emit({
      type: 'promoted',
      version: deployment.version,
      previousVersion: deployment.previousVersion ?? deployment.version,
      learned,
    });
  }

  /** What a training may have at this moment. */
  async function gather(): Promise<TrustedCorrections> {
    if (trust !== undefined) return trust.trusted();
    const corrections = await store.feedback.corrections();
    return { corrections, waiting: NOTHING_WAITS, waitingMessages: [] };
  }

  /** A run sees what was gathered for it, whatever is said meanwhile. */
  function runConfig({ corrections }: TrustedCorrections): RunConfig {
    const feedback = { ...store.feedback, corrections: () => Promise.resolve(corrections) };
    return { ...config, store: { ...store, feedback } };
  }

  async function status(): Promise<TrainingStatus> {
    const run = current?.runId
      ? await store.runs.get(current.runId)
      : ((await store.runs.list(1))[0] ?? null);
    const pendingCorrections = await store.feedback.pendingCount();
    const waiting = trust === undefined ? NOTHING_WAITS : (await trust.trusted()).waiting;
    return { phase, run, progress, pendingCorrections, waiting };
  }

  async function emitStatus(): Promise<void> {
    try {
      emit({ type: 'status', status: await status() });
    } catch (error) {
      logger.warn('training status could not be read', { error });
    }
  }

  async function setPhase(next: TrainingPhase): Promise<void> {
    phase = next;
    if (next !== 'training') progress = null;
    await emitStatus();
  }

  async function promote(
    run: TrainingRun,
    candidate: string,
    reason: string,
    unattended: boolean,
  ): Promise<TrainingRun> {
    promotingOwn = true;
    try {
      const kind = run.trigger === DELETION ? 'deletion' : 'promotion';
      const deployment = await registry.promote(candidate, reason, { kind, unattended });
      const learned = answeredMessages(run);
      await store.feedback.markLearned(run.id, learned);
      const promoted = await store.runs.update(run.id, {
        state: 'promoted',
        reason: null,
        endedAt: now(),
      });
      announce(deployment, learned);
      return promoted;
    } finally {
      promotingOwn = false;
    }
  }

  /** Never rejects: how the run ended is in its record. */
  async function execute(run: TrainingRun, abort: AbortController): Promise<void> {
    const deadline = limitTime(config.limits?.minutes, abort);
    try {
      if (run.trigger === DELETION && run.corrections === 0) {
        const { version } = config.base;
        await setPhase('promoting');
        const reason = `training run ${run.id}: nothing is left to learn from after a deletion`;
        await promote(await store.runs.update(run.id, { candidateVersion: version }), version, reason, false);
        return;
      }
      await trust?.readEvidence(config.sentiment, abort.signal);
      const gathered = await gather();
      const outcome = await executeRun(run, runConfig(gathered), {
        signal: abort.signal,
        onPhase: setPhase,
        onEngine: (engine, passedOver) => {
          logger.info('training engine chosen', {
            runId: run.id,
            engine,
            reason: passedOver.join('; '),
          });
        },
        onProgress: (next) => {
          progress = next;
          void emitStatus();
        },
      });
      const recorded = await store.runs.update(run.id, {
        report: {
          ...outcome.report,
          waiting: gathered.waiting,
          waitingMessages: gathered.waitingMessages,
        },
        candidateVersion: outcome.candidateVersion,
        corrections: outcome.report.trainedCorrections,
      });
      logger.info('training run judged', { runId: run.id, rule: outcome.report.verdict.rule });
      clearTimeout(deadline);
      if (outcome.decision === 'promote') {
        await setPhase('promoting');
        await promote(
          recorded,
          outcome.candidateVersion,
          `training run ${run.id}: ${outcome.report.sentences.en}`,
          true,
        );
      } else {
        // The model in use has learned them already.
        if (outcome.report.verdict.rule === 'same-model') {
          await store.feedback.markLearned(run.id, answeredMessages(recorded));
        }
        if (outcome.decision === 'confirm') await store.models.setChallenger(outcome.candidateVersion);
        await store.runs.update(run.id, {
          state: outcome.decision === 'confirm' ? 'awaiting-confirmation' : 'kept',
          reason: outcome.report.sentences.en,
          endedAt: now(),
        });
      }
    } catch (error) {
      const { aborted, reason } = abort.signal as { aborted: boolean; reason: unknown };
      const cancelled = aborted && !(reason instanceof NunchiError);
      const cause = aborted && !cancelled ? reason : error;
      // That somebody deletes a message while it is learned from is nobody's mistake.
      const withdrawn = cause instanceof NunchiError && cause.code === 'model-withdrawn';
      logger[cancelled || withdrawn ? 'info' : 'error']('training run ended without a model', {
        runId: run.id,
        error: cause,
      });
      await store.runs
        .update(run.id, {
          state: cancelled ? 'cancelled' : 'failed',
          reason: cancelled ? String(reason) : failureReason(cause),
          endedAt: now(),
        })
        .catch((failure: unknown) => {
          logger.error('the end of a training run could not be recorded', { runId: run.id, error: failure });
        });
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Holds the one place for a run while `begin` works; `begin` may hand over to the background. */
  async function exclusively<T>(begin: (abort: AbortController, release: () => Promise<void>) => Promise<T>) {
    if (stopped) throw new NunchiError('serving-stopped', 'Nunchi is stopping');
    if (current !== null) {
      throw new NunchiError('training-running', 'A training run is under way', {
        hint: 'Wait until it ends, or cancel it: on the page, or with `nunchi train --cancel`.',
      });
    }
    let finish = (): void => undefined;
    const abort = new AbortController();
    current = { runId: null, abort, done: new Promise((resolve) => (finish = resolve)) };
    const release = async () => {
      current = null;
      await setPhase('idle');
      finish();
    };
    try {
      return await begin(abort, release);
    } catch (error) {
      await release();
      throw error;
    }
  }

  async function awaiting(runId: string): Promise<TrainingRun> {
    const run = await store.runs.get(runId);
    if (run === null) throw new NunchiError('not-found', `There is no training run "${runId}"`);
    if (run.state !== 'awaiting-confirmation' || run.candidateVersion === null) {
      throw new NunchiError('invalid-input', `Training run "${runId}" is not waiting for a confirmation`);
    }
    return run;
  }

  return {
    status,
    start: (trigger) =>
      exclusively(async (abort, release) => {
        const { corrections: admitted, waitingMessages } = await gather();
        const corrections = admitted.length;
        // Whoever begins it: a model that holds what was deleted is made anew first of all.
        const forgetting = (await dueRebuild(store)) !== null;
        if (corrections === 0 && !forgetting) {
          throw new NunchiError(
            waitingMessages.length === 0 ? 'not-enough-data' : 'corrections-waiting',
            waitingMessages.length === 0
              ? 'There is no correction to learn from'
              : 'Every correction still waits for somebody to look at it again',
            {
              hint:
                waitingMessages.length === 0
                  ? 'Correct a reading with the emoji under a message, then train.'
                  : 'Confirm them under the message on the page, or in the review queue of a chat (/nunchi queue); docs/trust.md says why they wait.',
            },
          );
        }
        // A newer run answers the question that an older one left open.
        await closeQuestions(store, 'A newer training run took its place');
        const run = await store.runs.start({
          trigger: forgetting ? DELETION : trigger,
          corrections,
          baseVersion: config.base.version,
        });
        if (current !== null) current.runId = run.id;
        logger.info('training run started', { runId: run.id, trigger: run.trigger, corrections });
        await setPhase('preparing');
        void execute(run, abort).then(release);
        return run;
      }),
    plan: async () => planRun(runConfig(await gather())),
    async cancel() {
      const ending = current;
      if (ending === null) return;
      ending.abort.abort('Cancelled by the operator');
      await ending.done;
    },
    confirm: (runId) =>
      exclusively(async (_abort, release) => {
        const run = await awaiting(runId);
        if (current !== null) current.runId = run.id;
        await setPhase('promoting');
        const promoted = await promote(
          run,
          String(run.candidateVersion),
          `confirmed by the operator: ${run.reason ?? 'no verdict'} (training run ${run.id})`,
          false,
        ).catch(async (error: unknown) => {
          if (error instanceof NunchiError && error.code === 'model-withdrawn')
            await closeQuestions(store, WITHDRAWN, (version) => version === run.candidateVersion);
          throw error;
        });
        await release();
        return promoted;
      }),
    decline: (runId) =>
      exclusively(async (_abort, release) => {
        const run = await awaiting(runId);
        await store.models.setChallenger(null);
        const kept = await store.runs.update(run.id, { state: 'kept', reason: 'Declined by the operator' });
        await release();
        return kept;
      }),
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      stopped = true;
      stopListening();
      stopTainted();
      const ending = current;
      ending?.abort.abort('Nunchi was stopped');
      await ending?.done;
    },
  };
}

function limitTime(minutes: number | undefined, abort: AbortController): NodeJS.Timeout | undefined {
  if (minutes === undefined) return undefined;
  const error = new NunchiError('training-failed', `training took longer than ${minutes} minutes`, {
    hint: 'Raise NUNCHI_TRAINING_MINUTES, or give it more cores; the model in use is unchanged.',
  });
  return setTimeout(() => abort.abort(error), minutes * 60_000);
}
