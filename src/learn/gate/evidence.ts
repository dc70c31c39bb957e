// Everything that the gate goes by, measured: champion and candidate are the running models, side by side.
import { evaluateBehaviour, type BehaviourItem } from '../behaviour.js';
import { judge, type GateEvidence, type GatePurpose } from '../gate.js';
import { NO_PAIRS, type PairedCounts } from '../mcnemar.js';
import { comparePaired, readTexts, type Reader } from '../paired-evaluation.js';
import type { LabelledText } from '../../train/job.js';
import type { BaseSet } from './base-set.js';
import { countCanaries } from './canary.js';
import { measureLatencies } from './latency.js';
import { calibrationError, pairTables, readBaseSet, readScores } from './readings.js';
import type { GateConfig } from './settings.js';
import { textKey } from '../../data/text-key.js';
import type { CandidateFiles } from './verify-candidate.js';

export interface EvidenceInput {
  purpose: GatePurpose;
  champion: Reader;
  candidate: Reader;
  files: CandidateFiles;
  /** null where it is not on this machine. */
  loadBaseSet: () => Promise<BaseSet | null>;
  /** Where readings of the base set are kept. */
  readingsFolder?: string;
  heldOutReplay: readonly LabelledText[];
  trainedCorrections: readonly LabelledText[];
  /** None of them learned by either model. */
  heldOutCorrections: readonly LabelledText[];
  behaviour: readonly BehaviourItem[];
  /** Known sentences, which say how usual a phrase is. */
  known: readonly string[];
  config: GateConfig;
  signal?: AbortSignal;
}

async function compareBehaviour(
  items: readonly BehaviourItem[],
  champion: Reader,
  candidate: Reader,
  signal: AbortSignal | undefined,
): Promise<GateEvidence['behaviour']> {
  const passes = async (reader: Reader) => {
    const read = (texts: readonly string[]) =>
      readTexts(reader, texts, signal === undefined ? {} : { signal });
    return (await evaluateBehaviour(read, items)).results.map(({ passed }) => passed);
  };
  const [before, after] = [await passes(champion), await passes(candidate)];
  const counts = new Map<string, PairedCounts>();
  items.forEach(({ capability }, index) => {
    const own = counts.get(capability) ?? { ...NO_PAIRS };
    own[
      before[index] ? (after[index] ? 'both' : 'onlyChampion') : after[index] ? 'onlyCandidate' : 'neither'
    ] += 1;
    counts.set(capability, own);
  });
  return [...counts].map(([capability, own]) => ({ capability, ...own }));
}

/** The base set is read last, and only where nothing else has stopped the candidate: it is by far the largest. */
export async function gatherEvidence(input: EvidenceInput): Promise<GateEvidence> {
  const { purpose, champion, candidate, files, heldOutReplay, config, signal } = input;
  const signalled = signal === undefined ? {} : { signal };
  // Before the processes have read anything else.
  const latency = await measureLatencies(
    champion,
    candidate,
    input.behaviour.slice(0, config.latencyTexts).map(({ text }) => text),
    signalled,
  );
  const baseSet = await input.loadBaseSet();
  const texts = heldOutReplay.map(({ text }) => text);
  const replay = {
    champion: await readScores(champion, texts, signal),
    candidate: await readScores(candidate, texts, signal),
  };
  const evidence: GateEvidence = {
    purpose,
    sameModel: false,
    fileProblem: files.problem,
    size: { candidateBytes: files.bytes, baseBytes: files.baseBytes },
    latency,
    base: null,
    replayStandsIn: baseSet === null,
    replay: pairTables(heldOutReplay, replay.champion, replay.candidate),
    calibration: {
      set: 'replay',
      n: texts.length,
      champion: calibrationError(heldOutReplay, replay.champion),
      candidate: calibrationError(heldOutReplay, replay.candidate),
    },
    behaviour: await compareBehaviour(input.behaviour, champion, candidate, signal),
    canary: await countCanaries(
      {
        champion,
        candidate,
        carriers: heldOutReplay,
        corrections: input.trainedCorrections,
        known: input.known,
        ...signalled,
      },
      config.canary,
    ),
    heldOutCorrections: await comparePaired(champion, candidate, input.heldOutCorrections, signalled),
  };
  if (baseSet === null) return evidence;
  if (stopsWithout(baseSet, evidence, config)) return { ...evidence, calibration: null };
  const kept = {
    ...signalled,
    ...(input.readingsFolder === undefined ? {} : { folder: input.readingsFolder }),
  };
  const before = await readBaseSet(champion, baseSet, kept);
  const after = await readBaseSet(candidate, baseSet, kept);
  // A text that people corrected was trained on.
  const corrected = new Set(input.trainedCorrections.map(({ text }) => textKey(text)));
  const untouched = baseSet.rows.map(({ text }) => !corrected.has(textKey(text)));
  return {
    ...evidence,
    base: {
      set: baseSet.name,
      counts: pairTables(baseSet.rows, before, after, (row) => untouched[row] === true),
    },
    calibration: {
      set: baseSet.name,
      n: baseSet.rows.length,
      champion: calibrationError(baseSet.rows, before),
      candidate: calibrationError(baseSet.rows, after),
    },
  };
}

/** Whether the candidate is stopped even if it turned out to be as good as the champion on the base set. */
function stopsWithout({ name, rows }: BaseSet, evidence: GateEvidence, config: GateConfig): boolean {
  const equal = { set: name, counts: { ...NO_PAIRS, both: rows.length } };
  return judge({ ...evidence, base: equal, calibration: null }, config).stops.length > 0;
}
