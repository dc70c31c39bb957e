// Tries every training engine, each in a process of its own, and says which one a training run takes.
import type { Config } from '../config.js';
import { NunchiError } from '../errors.js';
import { availableCores } from '../process/available-cores.js';
import { enginesOf } from '../train/engine-names.js';
import { byPreference, probeCandidates, type Candidate } from '../train/engines/choose.js';
import type { EngineProbe } from '../train/engines/probe.js';
import { TIMED_STEP } from '../train/engines/timing.js';
import { note, ok, problem, type Finding } from './finding.js';

function finding(probe: EngineProbe, taken: boolean, request: string): Finding {
  const name = `training: ${probe.name}`;
  if (probe.state !== 'agrees') {
    const reason = probe.reason ?? 'does not work here';
    return note(name, probe.state === 'rejected' ? `not used: ${reason}` : reason, probe.hint);
  }
  const { deviation, stepMs } = probe;
  const off = Math.max(deviation?.loss ?? 0, deviation?.gradientNorm ?? 0, deviation?.update ?? 0);
  return ok(
    name,
    [
      `agrees with the reference (off by ${off.toExponential(0)})`,
      `${(stepMs ?? 0).toFixed(1)} ms a step (${TIMED_STEP})`,
      ...(taken ? [`taken by NUNCHI_ENGINE=${request}`] : []),
    ].join(', '),
  );
}

/** @param candidates every engine */
export async function examineTraining(config: Config | null, candidates: Candidate[]): Promise<Finding[]> {
  const request = config?.engine ?? 'auto';
  const threads = config?.trainingThreads || availableCores();
  const probes = await probeCandidates(candidates, threads, 'all');
  const allowed = new Set<string>(enginesOf(request));
  const [taken] = byPreference(probes.filter(({ name }) => allowed.has(name)));
  const findings = probes.map((probe) => finding(probe, probe === taken, request));
  if (taken !== undefined) return findings;
  const error = new NunchiError('engine-unavailable', `no engine for NUNCHI_ENGINE=${request} works here`, {
    hint:
      request === 'auto'
        ? 'Reinstall with "npm ci".'
        : 'Remove NUNCHI_ENGINE, or install what that engine needs.',
  });
  return [...findings, problem('training', error)];
}
