// Training runs, and the slots of scheduled jobs.

export type TrainingRunState =
  'running' | 'promoted' | 'kept' | 'awaiting-confirmation' | 'cancelled' | 'failed';

export interface TrainingRun {
  id: string;
  state: TrainingRunState;
  trigger: string;
  startedAt: Date;
  endedAt: Date | null;
  /** Corrections it learned from. */
  corrections: number;
  baseVersion: string;
  candidateVersion: string | null;
  /** Figures of the evaluation and the gate's verdict, as JSON. */
  report: unknown;
  /** Why it ended where it did not promote. */
  reason: string | null;
}

/** As the training run that it began, or that there was too little to learn. */
export type JobRunState = TrainingRunState | 'not-enough-data';

/** One run of a scheduled job. */
export interface JobRun {
  id: string;
  job: string;
  /** The local date that it is of, such as `2026-03-02`, or the moment at which it was asked for by hand. */
  slot: string;
  /** How often it was begun; whoever has begun it last holds it. */
  attempts: number;
  /** Nobody else takes it before this; what is `running` beyond it is run by nobody. */
  leaseUntil: Date;
  state: JobRunState;
  /** Why it ended as it did, where that is known and no training run says it; why nobody holds it. */
  reason: string | null;
  /** New corrections that it found. */
  corrections: number | null;
  trainingRunId: string | null;
  startedAt: Date;
  endedAt: Date | null;
}

export interface TrainingRunStore {
  /** Read the corrections after this: what is decided later counts as not learned. */
  start(run: { trigger: string; corrections: number; baseVersion: string }): Promise<TrainingRun>;
  update(id: string, change: Partial<Omit<TrainingRun, 'id' | 'startedAt'>>): Promise<TrainingRun>;
  get(id: string): Promise<TrainingRun | null>;
  /** Newest first. */
  list(limit: number): Promise<TrainingRun[]>;
  /** Marks runs that a dead process left `running` as failed; gives how many. */
  failInterrupted(reason: string): Promise<number>;
}

/** Who may run what: each slot of a job is run to its end once, whoever and however many want to. */
export interface JobRunStore {
  /**
   * Takes the slot for as long as the lease lasts; one conditional statement decides.
   * @returns null where it has ended, somebody holds it, or it was begun `mostAttempts` times
   */
  claim(
    job: string,
    slot: string,
    options: { leaseMs: number; mostAttempts: number },
  ): Promise<JobRun | null>;
  /** @returns false where somebody else has taken it, or it has ended; a lease that ran out is renewed else. */
  renew(claim: JobRun, leaseMs: number): Promise<boolean>;
  /** What has come out so far. */
  note(claim: JobRun, found: Partial<Pick<JobRun, 'corrections' | 'trainingRunId'>>): Promise<void>;
  /** Lets go of what has not come to its end, for whoever claims it next. */
  release(claim: JobRun, reason: string): Promise<void>;
  /** @returns null where somebody else has taken it */
  end(claim: JobRun, end: { state: JobRunState; reason: string | null }): Promise<JobRun | null>;
  /**
   * Fails what nobody holds and nobody will take: every slot but this one, and this one too after `mostAttempts`.
   * @returns how many
   */
  failAbandoned(
    job: string,
    which: { exceptSlot: string; mostAttempts: number; reason: string },
  ): Promise<number>;
  find(job: string, slot: string): Promise<JobRun | null>;
  /** Newest first. */
  list(job: string, limit: number): Promise<JobRun[]>;
  /** When this database was made: what was due before was nobody's to run. */
  installedAt(): Promise<Date>;
}
