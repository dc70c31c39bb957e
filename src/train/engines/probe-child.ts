// Tries one engine in a short-lived process of its own: a native library that crashes or hangs costs only its place.
import { childEntry } from '../../paths.js';
import { forkChild, type ChildExit, type ChildHandle } from '../../process/fork-child.js';
import type { EngineName } from '../engine-names.js';
import { failedProbe, passedOver, type EngineProbe, type ProbeOptions } from './probe.js';
import type { ProbeRequest } from './probe-worker.js';

export interface ProbeProcess {
  /** The built file that the process runs. */
  entry: URL;
  /** After this it is killed, in milliseconds. */
  deadlineMs: number;
  /** The same for the timing, from the agreement on. */
  timingDeadlineMs: number;
}

const DEFAULTS: ProbeProcess = {
  entry: childEntry('src/train/engines/probe-worker.ts'),
  // The first use of a GPU compiles its kernels, which may take most of a minute.
  deadlineMs: 90_000,
  // A processor needs a second or two. A software renderer that passes for a GPU would keep a run waiting for minutes.
  timingDeadlineMs: 15_000,
};

/** Never rejects. */
export async function probeInChild(
  engine: EngineName,
  options: ProbeOptions,
  settings: Partial<ProbeProcess> = {},
): Promise<EngineProbe> {
  const { entry, deadlineMs, timingDeadlineMs } = { ...DEFAULTS, ...settings };
  let child: ChildHandle;
  try {
    child = forkChild(entry);
  } catch (error) {
    return failedProbe(engine, error);
  }
  let answer: EngineProbe | undefined;
  let late = false;
  // A send fails only where the process is gone, which `exited` tells.
  child.process.send({ engine, options } satisfies ProbeRequest, () => undefined);
  const kill = () => {
    late = true;
    child.process.kill('SIGKILL');
  };
  let deadline = setTimeout(kill, deadlineMs);
  child.process.on('message', (probe: EngineProbe) => {
    answer = probe;
    clearTimeout(deadline);
    deadline = setTimeout(kill, timingDeadlineMs);
  });
  const exit = await child.exited;
  clearTimeout(deadline);
  if (answer !== undefined) {
    if (answer.state !== 'agrees' || !options.timed || answer.stepMs !== null) {
      return withHint(answer, exit.stderrTail);
    }
    const reason = late
      ? `too slow: not one timing of a step within ${timingDeadlineMs / 1000} s`
      : `agrees with the reference, but ended at a larger model with ${howEnded(exit)}`;
    return { ...answer, state: 'rejected', reason };
  }
  const reason = late
    ? `gave no answer within ${deadlineMs / 1000} s`
    : `its process ended with ${howEnded(exit)}`;
  return passedOver(engine, { state: 'rejected', reason });
}

/** A native library says why before the stack of its end is printed. */
function howEnded({ signal, code, stderrTail }: ChildExit): string {
  const how = signal ?? `exit code ${code ?? 'unknown'}`;
  const said = stderrTail.split('\n').find((line) => line.trim() !== '');
  return said === undefined ? how : `${how}: ${said.trim()}`;
}

const VULKAN_MISSING = /libvulkan\.so\.1: cannot open/;

/** Some libraries print what they miss and throw something else. */
function withHint(probe: EngineProbe, stderr: string): EngineProbe {
  if (probe.state === 'agrees' || probe.hint !== null) return probe;
  if (VULKAN_MISSING.test(stderr)) {
    return {
      ...probe,
      reason: `${probe.reason ?? ''} (libvulkan.so.1 is missing)`,
      hint: 'For a GPU: install its driver and the Vulkan loader (Debian, Ubuntu: libvulkan1).',
    };
  }
  return probe;
}
