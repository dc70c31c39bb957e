// Tries one engine in this process: does it open, does it compute what the reference computes, how fast is it.
import { NunchiError } from '../../errors.js';
import type { TrainingEngine } from '../engine.js';
import { deviationOf, disagreement, type Deviation } from './reference.js';
import { timeStep } from './timing.js';

export interface EngineProbe {
  name: string;
  /** `unavailable`: something it needs is not here; `rejected`: it is here and must not be used. */
  state: 'agrees' | 'unavailable' | 'rejected';
  /** Why it was passed over, where it was. */
  reason: string | null;
  /** What would help, where that is known. */
  hint: string | null;
  /** From the reference, where it came so far. */
  deviation: Deviation | null;
  /** Milliseconds of a step of the timing model, where that was asked for and it agrees. */
  stepMs: number | null;
}

export interface ProbeOptions {
  threads: number;
  /** Also time a step of a realistic size. */
  timed: boolean;
}

/** Plain data, so that it crosses a process boundary. Never rejects: whatever goes wrong is a reason. */
export async function probeEngine(engine: TrainingEngine, options: ProbeOptions): Promise<EngineProbe> {
  let deviation: Deviation | null = null;
  try {
    deviation = await deviationOf(engine, options.threads);
    const reason = disagreement(deviation);
    if (reason !== null) return passedOver(engine.name, { state: 'rejected', reason, deviation });
    const stepMs = options.timed ? await timeStep(engine, options.threads) : null;
    return { name: engine.name, state: 'agrees', reason: null, hint: null, deviation, stepMs };
  } catch (error) {
    return { ...failedProbe(engine.name, error), deviation };
  }
}

/** The probe of an engine that threw: without what it needs it is unavailable, with any other error it is broken. */
export function failedProbe(name: string, error: unknown): EngineProbe {
  const known = error instanceof NunchiError ? error : null;
  return passedOver(name, {
    state: known?.code === 'engine-unavailable' ? 'unavailable' : 'rejected',
    reason: describe(error),
    hint: known?.hint ?? null,
  });
}

export function passedOver(
  name: string,
  why: Pick<EngineProbe, 'state'> & { reason: string } & Partial<EngineProbe>,
): EngineProbe {
  return { name, hint: null, deviation: null, stepMs: null, ...why };
}

/** The error's message and, where that does not tell it yet, what caused it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error.cause instanceof Error)) return error.message;
  const lines = error.cause.message.trim().split('\n');
  if (error.message.includes((lines[0] ?? '').trim())) return error.message;
  // ONNX Runtime puts its own source line and the failed condition before the reason.
  const cause = (lines.at(-1) ?? '').replace(/^.*\/onnxruntime_src\/.*? was false\. /, '').trim();
  return `${error.message}: ${cause}`;
}
