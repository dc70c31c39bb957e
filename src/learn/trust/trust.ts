// Whose corrections are trained now: puts what was said and read before the rules of this folder, and remembers the answer
// as long as nothing changes.
import type { SentimentService } from '../../serve/service.js';
import type { Correction } from '../../store/contracts/labels.js';
import type { TrainingRun } from '../../store/contracts/runs.js';
import type { Testimony, TestimonyState } from '../../store/contracts/testimony.js';
import type { Store } from '../../store/store.js';
import { byDecision } from '../../store/testimony-store.js';
import { parseReport } from '../training-report.js';
import {
  judgeCorrections,
  type Admitted,
  type WaitReason,
  type Waiting,
  type WaitsFor,
} from './judge-corrections.js';
import { limitPeople } from './limits.js';
import { TRUST_DEFAULTS, type TrustSettings } from './settings.js';

export interface TrustConfig {
  store: Pick<Store, 'testimony' | 'runs' | 'deletions'>;
  /** The model that every training begins from. */
  base: { version: string; directory: string };
  settings?: Partial<TrustSettings>;
}

/** How many corrections wait, and for what. */
export interface WaitingCounts {
  /** For another moderator. */
  secondOpinion: number;
  /** For the only moderator to say it again. */
  ownConfirmation: number;
  /** For a later night, one person's being enough for this one. */
  limit: number;
}

export const NOTHING_WAITS: WaitingCounts = { secondOpinion: 0, ownConfirmation: 0, limit: 0 };

export interface TrustedCorrections {
  /** May be trained now, oldest decision first. */
  corrections: Correction[];
  waiting: WaitingCounts;
  /** Messages whose corrections wait. */
  waitingMessages: string[];
}

/** A correction for somebody to look at. */
export interface ToReview {
  messageId: string;
  /** `check`: it waits for nobody; a second opinion says how reliable the first one is. */
  reason: WaitReason | 'check';
  /** The one who is asked has corrected it and is asked to say it again; else it is somebody else's. */
  own: boolean;
}

export interface Trust {
  /** Asks the base model about corrections that it has not read yet; done before a training gathers them. */
  readEvidence(sentiment: Pick<SentimentService, 'prepare'>, signal?: AbortSignal): Promise<void>;
  trusted(): Promise<TrustedCorrections>;
  /** How many of them the run, the last one that came to a verdict, could not have; all that nothing has learned without one. */
  newSince(run: TrainingRun | null): Promise<number>;
  /** null where it does not wait. */
  waitOf(messageId: string): Promise<{ reason: WaitReason; waitsFor: WaitsFor } | null>;
  /**
   * What a moderator of a community, named by a pseudonym, is to look at: what waits for them, oldest first, then a few
   * others' corrections that do not wait, newest first.
   */
  toReview(platform: string, communityId: string, pseudonym: string): Promise<ToReview[]>;
}

interface Sorted {
  admitted: Admitted[];
  waiting: Waiting[];
}

/** Runs further back have been followed by one that was promoted, or nothing was learned for long. */
const RUNS_LOOKED_AT = 50;
/** Most corrections that somebody is shown though they do not wait. */
const CHECKS = 10;
/** Texts that are read at once. */
const CHUNK = 16;

export function createTrust(config: TrustConfig): Trust {
  const { store, base } = config;
  const settings = { ...TRUST_DEFAULTS, ...config.settings };
  let known: { marker: string; sorted: Promise<Sorted> } | null = null;
  let forgotten = 0;
  let heard: { state: TestimonyState; said: Map<string, Testimony> } | null = null;

  /** Of what was read before, only what was said since is read again; where that does not add up, and before a training, all. */
  async function listen(state: TestimonyState): Promise<Testimony[]> {
    const begun = forgotten;
    const said = new Map(heard?.said);
    if (heard !== null) {
      for (const one of await store.testimony.since(heard.state.settledEvent)) said.set(one.messageId, one);
    }
    if (heard === null || !addsUp(said.values(), state)) {
      said.clear();
      for (const one of await store.testimony.all()) said.set(one.messageId, one);
    }
    if (begun === forgotten) heard = { state, said };
    return [...said.values()].sort(byDecision);
  }

  async function sort(state: TestimonyState, promoted: TrainingRun | undefined): Promise<Sorted> {
    const { admitted: believed, waiting } = judgeCorrections(await listen(state), settings);
    const isNew = promoted === undefined ? () => true : isNewAfter(promoted);
    const { admitted, over } = limitPeople(believed, isNew, settings);
    const limited = over.map(({ testimony, author }): Waiting => {
      return { testimony, author, reason: 'limit', waitsFor: null };
    });
    return { admitted, waiting: [...waiting, ...limited] };
  }

  /** Asked for with every step of a training that is shown, so that it is worked out once for each state of the store. */
  async function sorted(): Promise<Sorted> {
    const runs = await store.runs.list(RUNS_LOOKED_AT);
    const promoted = runs.find(({ state, report }) => state === 'promoted' && parseReport(report) !== null);
    const state = await store.testimony.state();
    const marker = JSON.stringify([state, promoted?.id]);
    if (known?.marker !== marker) {
      const working = sort(state, promoted);
      known = { marker, sorted: working };
      working.catch(() => (known = null));
    }
    return known.sorted;
  }

  function forget(): void {
    forgotten += 1;
    [heard, known] = [null, null];
  }
  // Texts are among what is remembered.
  store.deletions.onErased(forget);

  return {
    async readEvidence(sentiment, signal) {
      forget();
      const unread = (await store.testimony.all()).flatMap(({ messageId, text, correction, baseReading }) =>
        correction === null || text === null || baseReading?.modelVersion === base.version
          ? []
          : [{ messageId, text }],
      );
      if (unread.length === 0) return;
      // A process of its own: the one in use may be another model, and answers people.
      const reader = await sentiment.prepare(base.directory);
      try {
        for (let start = 0; start < unread.length; start += CHUNK) {
          signal?.throwIfAborted();
          const chunk = unread.slice(start, start + CHUNK);
          const { results } = await reader.classify(chunk.map(({ text }) => text));
          await store.testimony.noteBaseReadings(
            base.version,
            results.map(({ label, confidence, abstainReason }, index) => ({
              messageId: chunk[index]?.messageId ?? '',
              label,
              // What it cannot read speaks for nothing.
              confidence: abstainReason === undefined || abstainReason === 'low-confidence' ? confidence : 0,
            })),
          );
        }
      } finally {
        forget();
        await reader.discard();
      }
    },
    async trusted() {
      const { admitted, waiting } = await sorted();
      const count = (waitsFor: WaitsFor) => waiting.filter((one) => one.waitsFor === waitsFor).length;
      return {
        corrections: admitted.flatMap(({ testimony }) => toCorrection(testimony)),
        waiting: {
          secondOpinion: count('moderator'),
          ownConfirmation: count('author'),
          limit: count(null),
        },
        waitingMessages: waiting.map(({ testimony }) => testimony.messageId),
      };
    },
    async newSince(run) {
      const { admitted } = await sorted();
      const isNew = run === null ? () => true : isNewAfter(run);
      return admitted.filter((one) => one.testimony.correction?.learnedInRun === null && isNew(one)).length;
    },
    async waitOf(messageId) {
      const found = (await sorted()).waiting.find(({ testimony }) => testimony.messageId === messageId);
      return found === undefined ? null : { reason: found.reason, waitsFor: found.waitsFor };
    },
    async toReview(platform, communityId, pseudonym) {
      const { admitted, waiting } = await sorted();
      const here = ({ testimony }: Admitted | Waiting) =>
        testimony.platform === platform && testimony.communityId === communityId;
      const spoke = ({ testimony }: Admitted | Waiting) =>
        testimony.words.some(({ person, moderator }) => moderator && person === pseudonym);
      const waits = waiting.filter(here).filter((one) => {
        if (one.waitsFor === 'moderator') return !spoke(one);
        return one.waitsFor === 'author' && one.author === pseudonym;
      });
      const checks = admitted.filter(
        (one) => one.lone && here(one) && !spoke(one) && isChecked(one.testimony.messageId, settings),
      );
      return [
        ...waits.map(({ testimony: { messageId }, reason, waitsFor }) => {
          return { messageId, reason, own: waitsFor === 'author' };
        }),
        ...checks
          .slice(-CHECKS)
          .reverse()
          .map(({ testimony: { messageId } }) => ({ messageId, reason: 'check' as const, own: false })),
      ];
    },
  };
}

function addsUp(said: Iterable<Testimony>, state: TestimonyState): boolean {
  const counted = { corrections: 0, pending: 0, baseReadings: 0 };
  for (const { correction, baseReading } of said) {
    if (correction !== null) counted.corrections += 1;
    if (correction?.learnedInRun === null) counted.pending += 1;
    if (baseReading !== null) counted.baseReadings += 1;
  }
  const { corrections, pending, baseReadings } = state;
  return (
    counted.corrections === corrections &&
    counted.pending === pending &&
    counted.baseReadings === baseReadings
  );
}

/** By the random end of its id, so that nobody can tell beforehand. */
function isChecked(messageId: string, { checkEvery }: TrustSettings): boolean {
  return checkEvery > 0 && Number.parseInt(messageId.slice(-6), 16) % checkEvery === 0;
}

/** What waited then is as new as what was decided since. */
function isNewAfter(run: TrainingRun): (one: Admitted) => boolean {
  const waited = new Set(parseReport(run.report)?.waitingMessages);
  return ({ testimony: { messageId, correction } }) =>
    correction !== null && (correction.eventId > run.id || waited.has(messageId));
}

function toCorrection(testimony: Testimony): Correction[] {
  const { correction, text, messageId, platform, communityId, consent, trainable } = testimony;
  if (correction === null || text === null) return [];
  const { label, decidedAt } = correction;
  return [{ messageId, platform, communityId, consent, trainable, text, label, decidedAt }];
}
