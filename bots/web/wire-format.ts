// Rows of the store as what the page gets.
import type { GateFigures } from '../../src/learn/gate.js';
import { shownReport, type ShownReport } from '../../src/learn/training-report.js';
import type { Trust } from '../../src/learn/trust/trust.js';
import type { TrainingStatus } from '../../src/learn/training-service.js';
import type { Reading } from '../../src/labels.js';
import type { CurrentLabel } from '../../src/store/contracts/labels.js';
import type { StoredMessage, StoredPrediction } from '../../src/store/contracts/messages.js';
import type { TrainingRun } from '../../src/store/contracts/runs.js';
import type { Store } from '../../src/store/store.js';
import type {
  WireCorrection,
  WireFigure,
  WireMessage,
  WireReading,
  WireRun,
  WireTraining,
} from './page/wire.js';

export function wireReading(reading: Reading, modelVersion: string): WireReading {
  const { label, confidence, scores, abstained, abstainReason } = reading;
  return { label, confidence, scores, abstained, abstainReason: abstainReason ?? null, modelVersion };
}

function wirePrediction(prediction: StoredPrediction): WireReading {
  const { label, confidence, scores, abstained, abstainReason, modelVersion } = prediction;
  return { label, confidence, scores, abstained, abstainReason, modelVersion };
}

/** Without `trust` no correction waits. */
export async function wireCorrection(
  trust: Pick<Trust, 'waitOf'> | undefined,
  current: CurrentLabel | null | undefined,
): Promise<WireCorrection | null> {
  if (!current) return null;
  const { label, trainable, learnedInRun, messageId } = current;
  const learned = learnedInRun !== null;
  const wait = trainable && !learned && label !== null ? await trust?.waitOf(messageId) : null;
  return { label, trainable, learned, waitsFor: wait?.waitsFor ?? null };
}

/** @param predictions newest first. */
export function wireMessage(
  message: StoredMessage,
  predictions: readonly StoredPrediction[],
  correction: WireCorrection | null,
): WireMessage {
  const [newest] = predictions;
  const first = predictions.at(-1);
  const earlier = predictions.find((prediction) => prediction.modelVersion !== newest?.modelVersion);
  return {
    id: message.id,
    author: message.author,
    inReplyTo: message.inReplyTo,
    text: message.text,
    createdAt: message.createdAt.toISOString(),
    reading: newest ? wirePrediction(newest) : null,
    earlier: earlier ? wirePrediction(earlier) : null,
    answered: first ? wirePrediction(first) : null,
    correction,
  };
}

export async function wireMessages(
  store: Store,
  trust: Pick<Trust, 'waitOf'> | undefined,
  messages: readonly StoredMessage[],
): Promise<WireMessage[]> {
  const people = messages.filter((message) => message.author === 'person');
  const current = await store.feedback.current(people.map((message) => message.id));
  return Promise.all(
    messages.map(async (message) =>
      wireMessage(
        message,
        message.author === 'person' ? await store.predictions.of(message.id) : [],
        await wireCorrection(trust, current.get(message.id)),
      ),
    ),
  );
}

function gateFigure(name: WireFigure['name'], figures: GateFigures): WireFigure {
  const n = figures.both + figures.onlyChampion + figures.onlyCandidate + figures.neither;
  return { name, before: figures.championAccuracy, after: figures.candidateAccuracy, n };
}

function figuresOf({ verdict, learned }: ShownReport): WireFigure[] {
  const share = (right: number) => (learned.n === 0 ? null : right / learned.n);
  return [
    { name: 'learned', before: share(learned.champion), after: share(learned.candidate), n: learned.n },
    gateFigure('held-out', verdict.heldOutCorrections),
    gateFigure('replay', verdict.replay),
    ...(verdict.base === null ? [] : [gateFigure('base', verdict.base)]),
  ];
}

export function wireRun(run: TrainingRun): WireRun {
  const report = shownReport(run.report);
  return {
    id: run.id,
    state: run.state,
    trigger: run.trigger,
    startedAt: run.startedAt.toISOString(),
    endedAt: run.endedAt?.toISOString() ?? null,
    corrections: run.corrections,
    baseVersion: run.baseVersion,
    candidateVersion: run.candidateVersion,
    figures: report ? figuresOf(report) : [],
    verdict: report?.sentences ?? null,
    reason: run.reason,
  };
}

export function wireTraining(status: TrainingStatus): WireTraining {
  const { phase, run, progress, pendingCorrections, waiting } = status;
  return { phase, run: run ? wireRun(run) : null, progress, pendingCorrections, waiting };
}
