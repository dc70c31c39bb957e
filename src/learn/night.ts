// A night: claims its date in the database, waits for a training that is under way, trains where enough is new, and
// records how that ended. When it is due is in `night-schedule.ts`, what a training does in `training-run.ts`.
import { NunchiError } from '../errors.js';
import type { Logger } from '../log.js';
import type { JobRun, JobRunState, TrainingRun } from '../store/contracts/runs.js';
import type { Store } from '../store/store.js';
import { DELETION, dueRebuild } from './deletion.js';
import type { NightSchedule } from './night-schedule.js';
import { failureReason, WITHDRAWN } from './training-report.js';
import type { RunPlan } from './training-run.js';
import type { TrainingService, TrainingStatus } from './training-service.js';
import type { Trust, WaitingCounts } from './trust/trust.js';

export interface NightConfig {
  store: Pick<Store, 'jobRuns' | 'runs' | 'feedback' | 'models'>;
  training: Pick<TrainingService, 'status' | 'start' | 'cancel' | 'plan' | 'onEvent'>;
  /** Says which corrections a training would have; without it, all of them. */
  trust?: Pick<Trust, 'newSince'>;
  /** null where nights are switched off; one can be had by hand all the same. */
  schedule: NightSchedule | null;
  /** With fewer new corrections nothing is trained. */
  minCorrections: number;
  /** The model that runs start from: what runs from another one came to says nothing. */
  baseVersion: string;
  /** Says that there was too little to learn. The same date again is the same news. */
  tellQuiet: (date: string, night: { corrections: number; needed: number }) => Promise<void>;
  /** Before a due night trains: fetches what it may learn from beside the corrections. Never rejects. */
  prepare?: () => Promise<unknown>;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  now?: () => Date;
  /** How long a claim lasts that is not renewed, and how often it is. */
  leaseMs?: number;
  beatMs?: number;
}

export interface NightStatus {
  /** null where nights are switched off. */
  schedule: { cron: string; timeZone: string; next: Date | null } | null;
  /** How many new corrections a night begins at. */
  needed: number;
  /** Newest first. */
  nights: JobRun[];
}

/** What a night begun now would do. */
export interface NightPlan extends RunPlan {
  /** `wait`: for the training that is under way. */
  would: 'train' | 'wait' | 'not-enough-data';
  /** The model in use learned from what was deleted since, and would be made anew without it, however little is new. */
  forgets: boolean;
  /** Decided since the last run that came to a verdict. */
  newCorrections: number;
  needed: number;
  /** All that no promoted model has learned. */
  pendingCorrections: number;
  waiting: WaitingCounts;
}

export interface Night {
  readonly schedule: NightSchedule | null;
  /**
   * Runs the newest night that is due, if nobody has; call it as often as you like.
   * @returns how it ended, null where there was nothing to do or it did not come to an end
   */
  runDue(): Promise<JobRun | null>;
  /** Calls off the one begun by hand, its training too, and nothing that it only waits for. Does nothing where none is under way. */
  cancel(): Promise<void>;
  /** Begins one by hand; it goes on in the background. @throws NunchiError `busy` where one is under way */
  startNow(): Promise<JobRun>;
  plan(): Promise<NightPlan>;
  status(limit: number): Promise<NightStatus>;
  /** Lets go of the one under way, for the next start to take up. Idempotent. */
  stop(): Promise<void>;
}

type End = Pick<JobRun, 'state' | 'reason'>;

const JOB = 'nightly';
/** Well over the longest that a busy machine keeps a timer waiting. */
const LEASE_MS = 120_000;
const BEAT_MS = 30_000;
/** One that takes Nunchi down with it is not begun for ever. */
const MOST_ATTEMPTS = 3;
/** One that is still open further back fails, whatever its training came to. */
const NIGHTS_LOOKED_AT = 20;
/** Runs further back have been followed by one with a verdict. */
const RUNS_LOOKED_AT = 50;
const VERDICTS: ReadonlySet<TrainingRun['state']> = new Set(['promoted', 'kept', 'awaiting-confirmation']);

const STOPPED = 'Nunchi was stopped; the night is taken up again when it starts';
const CALLED_OFF = 'Cancelled by the operator';
const ABANDONED = 'Nunchi ended while this night was under way; the model in use was not touched';
const UNRECORDED = 'How its training ended could not be recorded; the log says why';

export function createNight(config: NightConfig): Night {
  const { store, training, trust, schedule, minCorrections, baseVersion, logger } = config;
  const { now = () => new Date(), leaseMs = LEASE_MS, beatMs = BEAT_MS } = config;
  const stopping = new AbortController();
  let current: Promise<unknown> | null = null;
  /** Of the one begun by hand, while it is under way. */
  let byHandNight: Promise<unknown> = Promise.resolve();
  let calledOff = new AbortController();

  function occupy<T>(work: () => Promise<T>): Promise<T> {
    const working = work().finally(() => (current = null));
    current = working.catch(() => undefined);
    return working;
  }

  const claim = (slot: string) => store.jobRuns.claim(JOB, slot, { leaseMs, mostAttempts: MOST_ATTEMPTS });

  /** Nobody takes those up any more. One whose training came to a verdict ended with it, whether that was written down or not. */
  async function endAbandoned(): Promise<void> {
    const exceptSlot = schedule?.latest(now())?.date ?? '';
    for (const night of await store.jobRuns.list(JOB, NIGHTS_LOOKED_AT)) {
      const { slot, attempts, leaseUntil, endedAt, trainingRunId } = night;
      const isOpen = endedAt === null && leaseUntil <= now();
      if (!isOpen || trainingRunId === null || (slot === exceptSlot && attempts < MOST_ATTEMPTS)) continue;
      const run = await store.runs.get(trainingRunId);
      if (run === null || !VERDICTS.has(run.state)) continue;
      const ended = await store.jobRuns.end(night, endOf(run));
      if (ended !== null) logger.info('night ended', { job: JOB, id: slot, state: ended.state });
    }
    const which = { exceptSlot, mostAttempts: MOST_ATTEMPTS, reason: ABANDONED };
    const count = await store.jobRuns.failAbandoned(JOB, which);
    if (count > 0) logger.warn('nights were abandoned', { job: JOB, count });
  }

  /** What was judged already gives the same model, and the same verdict, again. */
  async function newCorrections(): Promise<number> {
    const latest = (await store.runs.list(RUNS_LOOKED_AT)).find(
      (run) => VERDICTS.has(run.state) && run.reason !== WITHDRAWN && run.baseVersion === baseVersion,
    );
    // Where its model's files could not be loaded since, that very model is wanted again.
    const [deployment] = await store.models.deployments(1);
    const isLost =
      deployment?.kind === 'fallback' && deployment.createdAt.getTime() >= (latest?.endedAt?.getTime() ?? 0);
    const judged = isLost ? undefined : latest;
    return trust === undefined ? store.feedback.pendingCount(judged?.id) : trust.newSince(judged ?? null);
  }

  /**
   * Until no training is under way.
   * @returns the run that was waited for, if one was
   * @throws what `signal` was aborted with
   */
  function idle(signal: AbortSignal): Promise<TrainingRun | null> {
    return new Promise((resolve, reject) => {
      let waitedFor: TrainingRun | null = null;
      const finish = (settle: () => void) => {
        stopListening();
        clearInterval(looking);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const onAbort = () => finish(() => reject(signal.reason as Error));
      const onStatus = ({ phase, run }: TrainingStatus) => {
        if (phase === 'idle') finish(() => resolve(waitedFor));
        else waitedFor = run;
      };
      const look = () => {
        training.status().then(
          onStatus,
          // It is looked at again.
          (error: unknown) => logger.warn('training status could not be read', { job: JOB, error }),
        );
      };
      const stopListening = training.onEvent((event) => {
        if (event.type === 'status') onStatus(event.status);
      });
      const looking = setInterval(look, beatMs).unref();
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      else look();
    });
  }

  /** null where somebody else was quicker, or the corrections were taken back meanwhile. */
  async function begin(trigger: string): Promise<TrainingRun | null> {
    try {
      return await training.start(trigger);
    } catch (error) {
      const { code } = error instanceof NunchiError ? error : { code: null };
      if (['training-running', 'not-enough-data', 'corrections-waiting'].includes(code ?? '')) return null;
      throw error;
    }
  }

  /** A model made anew after a deletion has learned what the night that waited for it would have; null for any other run. */
  async function rebuildOf(run: TrainingRun | null): Promise<TrainingRun | null> {
    if (run?.trigger !== DELETION) return null;
    const ended = await store.runs.get(run.id);
    return ended !== null && VERDICTS.has(ended.state) ? ended : null;
  }

  async function work(held: JobRun, byHand: boolean, signal: AbortSignal): Promise<End> {
    const earlier = held.trainingRunId === null ? null : await store.runs.get(held.trainingRunId);
    // Whoever held the claim before ended between the end of the training and that of the night.
    if (earlier !== null && VERDICTS.has(earlier.state)) return endOf(earlier);
    for (;;) {
      const waitedFor = await idle(signal);
      const corrections = await newCorrections();
      await store.jobRuns.note(held, { corrections });
      // What was deleted has to leave the model in use, however little there is to learn.
      if (corrections < minCorrections && (await dueRebuild(store)) === null) {
        const rebuilt = await rebuildOf(waitedFor);
        if (rebuilt !== null) {
          await store.jobRuns.note(held, { trainingRunId: rebuilt.id });
          return endOf(rebuilt);
        }
        // Before it is recorded, so that whoever takes over tells it where this is as far as it comes.
        if (!byHand) await config.tellQuiet(held.slot, { corrections, needed: minCorrections });
        return { state: 'not-enough-data', reason: null };
      }
      if (!byHand && config.prepare !== undefined) await unlessAborted(config.prepare(), signal);
      signal.throwIfAborted();
      const run = await begin(byHand ? 'command' : 'night');
      if (run === null) continue;
      await store.jobRuns.note(held, { trainingRunId: run.id });
      try {
        await idle(signal);
      } catch (error) {
        // Another process trains now. (Where Nunchi stops, the training is ended with it.)
        if (!stopping.signal.aborted) await training.cancel();
        throw error;
      }
      return endOf((await store.runs.get(run.id)) ?? run);
    }
  }

  /** Never rejects. */
  async function run(held: JobRun, byHand: boolean): Promise<JobRun | null> {
    const over = new AbortController();
    const onStop = () => over.abort(new NunchiError('serving-stopped', STOPPED));
    const onCallOff = () => over.abort(new NunchiError('training-cancelled', CALLED_OFF));
    stopping.signal.addEventListener('abort', onStop);
    if (byHand) calledOff.signal.addEventListener('abort', onCallOff);
    if (byHand && calledOff.signal.aborted) onCallOff();
    if (stopping.signal.aborted) onStop();
    const beat = setInterval(() => {
      store.jobRuns.renew(held, leaseMs).then(
        (holds) => holds || over.abort(new NunchiError('busy', 'Another process has taken the night over')),
        (error: unknown) => logger.warn('a claim could not be renewed', { job: JOB, error }),
      );
    }, beatMs).unref();
    const { slot, attempts } = held;
    logger.info('night begun', { job: JOB, id: slot, count: attempts });
    try {
      const ended = await store.jobRuns.end(held, await work(held, byHand, over.signal));
      if (ended !== null) logger.info('night ended', { job: JOB, id: slot, state: ended.state });
      return ended;
    } catch (error) {
      return await leave(held, byHand, error, over.signal.aborted);
    } finally {
      clearInterval(beat);
      stopping.signal.removeEventListener('abort', onStop);
      calledOff.signal.removeEventListener('abort', onCallOff);
    }
  }

  /** What cannot be recorded is taken over when the lease has run out. */
  async function leave(
    held: JobRun,
    byHand: boolean,
    error: unknown,
    interrupted: boolean,
  ): Promise<JobRun | null> {
    const { slot } = held;
    logger[interrupted ? 'info' : 'error']('night did not come to its end', { job: JOB, id: slot, error });
    try {
      if (!interrupted) {
        return await store.jobRuns.end(held, { state: 'failed', reason: failureReason(error) });
      }
      // Nobody takes up what one person wanted at one moment.
      if (byHand) {
        const reason = calledOff.signal.aborted ? CALLED_OFF : 'Nunchi was stopped';
        return await store.jobRuns.end(held, { state: 'cancelled', reason });
      }
      await store.jobRuns.release(held, STOPPED);
    } catch (cause) {
      logger.error('the end of a night could not be recorded', { job: JOB, id: slot, error: cause });
    }
    return null;
  }

  async function claimNow(): Promise<JobRun> {
    await endAbandoned();
    const held = await claim(now().toISOString());
    if (held === null) throw new NunchiError('busy', 'Another night was begun at the same moment');
    return held;
  }

  /** What a night left to a person has been decided since, or is still open. */
  async function withDecision(night: JobRun): Promise<JobRun> {
    if (night.state !== 'awaiting-confirmation' || night.trainingRunId === null) return night;
    const run = await store.runs.get(night.trainingRunId);
    return run === null ? night : { ...night, ...endOf(run) };
  }

  return {
    schedule,
    async runDue() {
      if (schedule === null || current !== null || stopping.signal.aborted) return null;
      return occupy(async () => {
        await endAbandoned();
        const due = schedule.latest(now());
        if (due === null || due.at <= (await store.jobRuns.installedAt())) return null;
        // Looked at far more often than run.
        const known = await store.jobRuns.find(JOB, due.date);
        if (known !== null && known.endedAt !== null) return null;
        const held = await claim(due.date);
        return held === null ? null : run(held, false);
      });
    },
    async startNow() {
      if (stopping.signal.aborted) throw new NunchiError('serving-stopped', 'Nunchi is stopping');
      if (current !== null) {
        throw new NunchiError('busy', 'A night is under way', {
          hint: 'The command `nightly` shows it; begin another one when it has ended.',
        });
      }
      calledOff = new AbortController();
      const claiming = claimNow();
      // Whoever asked is told where it could not be claimed.
      byHandNight = occupy(async () => run(await claiming, true)).catch(() => undefined);
      return claiming;
    },
    async cancel() {
      calledOff.abort();
      // Not for one that the schedule has begun since: that is nobody's to call off.
      await byHandNight;
    },
    async plan() {
      const [{ phase, pendingCorrections, waiting }, fresh, plan, forgetting] = await Promise.all([
        training.status(),
        newCorrections(),
        training.plan(),
        dueRebuild(store),
      ]);
      const forgets = forgetting !== null;
      const enough = fresh >= minCorrections || forgets;
      const would = phase !== 'idle' ? 'wait' : enough ? 'train' : 'not-enough-data';
      return {
        would,
        forgets,
        newCorrections: fresh,
        needed: minCorrections,
        pendingCorrections,
        waiting,
        ...plan,
      };
    },
    async status(limit) {
      const nights = await Promise.all((await store.jobRuns.list(JOB, limit)).map(withDecision));
      if (schedule === null) return { schedule: null, needed: minCorrections, nights };
      const { cron, timeZone } = schedule;
      const next = schedule.next(now())?.at ?? null;
      return { schedule: { cron, timeZone, next }, needed: minCorrections, nights };
    },
    async stop() {
      stopping.abort();
      await current;
    },
  };
}

/** What goes on in the background then is nobody's to wait for. */
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([work, aborted]);
}

function endOf({ state, reason }: TrainingRun): { state: JobRunState; reason: string | null } {
  return state === 'running' ? { state: 'failed', reason: UNRECORDED } : { state, reason };
}
