// Which engine trains: of those that agree with the reference the fastest, and why not the others.
import { NunchiError } from '../../errors.js';
import { enginesOf, type EngineName, type EngineRequest } from '../engine-names.js';
import type { TrainingEngine, TrainingSession, TrainingSetup } from '../engine.js';
import { failedProbe, probeEngine, type EngineProbe, type ProbeOptions } from './probe.js';
import { probeInChild } from './probe-child.js';
import { checkInstalled, ENGINES } from './registry.js';

/** One engine to choose from. */
export interface Candidate {
  name: string;
  create(): TrainingEngine;
  /** Rejects with the coded error of an engine that cannot be here; cheap. */
  check(): Promise<void>;
  /** In a process of its own. Never rejects. */
  probe(options: ProbeOptions): Promise<EngineProbe>;
  /** Whether it may be tried in this process: it comes with Nunchi and is known not to take a process down. */
  safe: boolean;
}

export interface Choice {
  /** Agreeing engines, the one to use first. */
  engines: TrainingEngine[];
  /** Of every candidate. */
  probes: EngineProbe[];
  /** "name: reason" of every candidate that was not taken. */
  passedOver: string[];
}

export function candidatesOf(request: EngineRequest): Candidate[] {
  return enginesOf(request).map((name: EngineName) => ({
    name,
    create: ENGINES[name],
    check: () => checkInstalled(name),
    probe: (options) => probeInChild(name, options),
    safe: name === 'onnxruntime-cpu',
  }));
}

/**
 * Tries the candidates one after the other, so that none is timed while another computes. Where only one can be here
 * at all, it is held to the reference and not timed.
 * @throws NunchiError `engine-unavailable` naming what each one lacks
 */
export async function chooseEngine(candidates: Candidate[], threads: number): Promise<Choice> {
  const probes = await probeCandidates(candidates, threads);
  const agreeing = byPreference(probes);
  const [best] = agreeing;
  if (best === undefined) {
    const reasons = probes.map(({ name, reason }) => `${name}: ${reason ?? 'no reason given'}`);
    throw new NunchiError('engine-unavailable', `no training engine works here (${reasons.join('; ')})`, {
      hint: 'Run "npm run -s nunchi -- doctor" to see what each engine needs.',
    });
  }
  return {
    engines: agreeing.map(({ name }) => (candidates.find((one) => one.name === name) as Candidate).create()),
    probes,
    passedOver: probes.filter((probe) => probe !== best).map((probe) => whyNot(probe, best)),
  };
}

/** Those that agree with the reference, the fastest first. */
export function byPreference(probes: readonly EngineProbe[]): EngineProbe[] {
  return probes.filter(({ state }) => state === 'agrees').sort((a, b) => (a.stepMs ?? 0) - (b.stepMs ?? 0));
}

function whyNot(probe: EngineProbe, best: EngineProbe): string {
  const reason =
    probe.state === 'agrees'
      ? `slower, ${describeMs(probe.stepMs)} a step against ${describeMs(best.stepMs)} of ${best.name}`
      : (probe.reason ?? 'no reason given');
  return `${probe.name}: ${reason}`;
}

const describeMs = (ms: number | null) => `${(ms ?? 0).toFixed(1)} ms`;

/** @param timed whether every engine is timed, or only where there is a choice */
export async function probeCandidates(
  candidates: Candidate[],
  threads: number,
  timed: 'all' | 'choice' = 'choice',
): Promise<EngineProbe[]> {
  const probes = new Map<string, EngineProbe>();
  const present: Candidate[] = [];
  for (const candidate of candidates) {
    try {
      await candidate.check();
      present.push(candidate);
    } catch (error) {
      probes.set(candidate.name, failedProbe(candidate.name, error));
    }
  }
  // The engine that comes with Nunchi goes last: it need not be timed where nothing else works.
  present.sort((a, b) => Number(a.safe) - Number(b.safe));
  for (const [index, candidate] of present.entries()) {
    const others = [...probes.values()].some(({ state }) => state === 'agrees');
    const last = index === present.length - 1;
    if (timed === 'choice' && last && !others) {
      const options = { threads, timed: false };
      probes.set(
        candidate.name,
        await (candidate.safe ? probeEngine(candidate.create(), options) : candidate.probe(options)),
      );
    } else {
      probes.set(candidate.name, await candidate.probe({ threads, timed: true }));
    }
  }
  return candidates.map(({ name }) => probes.get(name) as EngineProbe);
}

/**
 * Opens the run on the first engine of the choice that can open it: one that worked on the small models of the probe
 * may lack the memory for this one. Any other failure is not hidden by falling back.
 * @throws NunchiError `engine-unavailable` where none can; whatever else an engine throws
 */
export async function openChosen(
  { engines, passedOver }: Choice,
  setup: TrainingSetup,
): Promise<{ engine: TrainingEngine; session: TrainingSession; passedOver: string[] }> {
  const reasons = [...passedOver];
  for (const [index, engine] of engines.entries()) {
    try {
      return { engine, session: await engine.open(setup), passedOver: reasons };
    } catch (error) {
      const fallBack = error instanceof NunchiError && error.code === 'engine-unavailable';
      if (!fallBack || index === engines.length - 1) throw error;
      const next = (engines[index + 1] as TrainingEngine).name;
      // The next one is no longer passed over.
      reasons.splice(0, reasons.length, ...reasons.filter((reason) => !reason.startsWith(`${next}: `)));
      reasons.push(`${engine.name}: ${error.message}`);
    }
  }
  throw new NunchiError('engine-unavailable', 'no training engine was chosen');
}
