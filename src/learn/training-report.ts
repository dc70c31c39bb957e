// What a run writes down about itself: read by the page, `model show` and whoever asks why a model came into use.
import { z } from 'zod';
import { NunchiError } from '../errors.js';
import type { GateVerdict } from './gate.js';
import type { WaitingCounts } from './trust/trust.js';
import type { TrainingPermissions } from './training-permissions.js';

export interface TrainingReport {
  /** Corrections, and texts of the replay set, that the candidate was trained on. */
  trainedCorrections: number;
  trainedReplay: number;
  /** How often each correction came in an epoch. */
  repeats: number;
  settings: { epochs: number; learningRate: number; batchSize: number; seed: number };
  /** Name of where replay is from to how many texts of it. */
  replaySources: Record<string, number>;
  engine: string;
  steps: number;
  finalLoss: number;
  seconds: number;
  verdict: GateVerdict;
  /** The verdict in words. */
  sentences: { en: string; ko: string };
  /** By platform, what the operator let it learn from. */
  permissions: TrainingPermissions;
  /** Corrections it was trained on: how many each model reads as corrected. Shows that it learned; the gate does not look at it. */
  learned: { n: number; champion: number; candidate: number };
  /** Ids of the messages whose corrections it was trained on. */
  learnedMessages: string[];
  /** Ids of further messages with one of these texts: a newer word on it was trained. */
  sameTexts?: string[];
  /** Corrections that waited for somebody, or for a later night, and of which messages they are. */
  waiting?: WaitingCounts;
  waitingMessages?: string[];
}

const Stored = z.looseObject({
  learnedMessages: z.array(z.string()),
  sameTexts: z.array(z.string()).default([]),
  waitingMessages: z.array(z.string()).default([]),
});

/** Of a stored report the part that code depends on; null where the run has none. */
export function parseReport(
  report: unknown,
): Required<Pick<TrainingReport, 'learnedMessages' | 'sameTexts' | 'waitingMessages'>> | null {
  const parsed = Stored.safeParse(report);
  return parsed.success ? parsed.data : null;
}

/** Ids of all messages that a model has an answer to once the run's candidate is in use; of a run without a report, none. */
export function answeredMessages({ report }: { report: unknown }): string[] {
  const { learnedMessages, sameTexts } = parseReport(report) ?? { learnedMessages: [], sameTexts: [] };
  return [...learnedMessages, ...sameTexts];
}

/** Of a stored report what people are shown. */
export type ShownReport = Pick<TrainingReport, 'verdict' | 'sentences' | 'learned'>;

const Figures = z.looseObject({ both: z.number(), neither: z.number() });
const Shown = z.looseObject({
  verdict: z.looseObject({ base: Figures.nullable(), replay: Figures, heldOutCorrections: Figures }),
  sentences: z.object({ ko: z.string(), en: z.string() }),
  learned: z.object({ n: z.number(), champion: z.number(), candidate: z.number() }),
});

/** null for a run that ended early, and for what an older version wrote. */
export function shownReport(report: unknown): ShownReport | null {
  return Shown.safeParse(report).success ? (report as ShownReport) : null;
}

/** Why a candidate that waited for a decision has none to wait for any more; what is left is learned by the next training. */
export const WITHDRAWN =
  'Something that it learned was deleted or taken back; the next training learns the rest';

/** For the record and the page: a foreign error's message may quote data, so only its name is told. */
export function failureReason(error: unknown): string {
  if (error instanceof NunchiError) {
    return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  }
  return `An unexpected error (${error instanceof Error ? error.name : typeof error}); the log says where`;
}
