// How many processor cores this process may really use: a container's CPU quota counts, which Node's own figure leaves out.
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const CGROUP_ROOT = '/sys/fs/cgroup';

export interface CoreSources {
  /** Cores the scheduler lets this process run on. */
  parallelism: number;
  /** The file's text, or undefined where it cannot be read. */
  readFile: (file: string) => string | undefined;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // no Linux, or no such controller: no quota from here
  }
}

/** The folder and all its parents up to the root: a quota set on any of them binds. */
function withParents(folder: string): string[] {
  const folders = [folder];
  for (let at = folder; at !== '/'; at = path.posix.dirname(at)) folders.push(path.posix.dirname(at));
  return folders;
}

/** `cpu.max`: "quota period" in microseconds, or "max period". */
function quotaV2(text: string | undefined): number {
  const [quota, period] = (text ?? 'max').trim().split(/\s+/).map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : Infinity;
}

function quotaV1(quotaText: string | undefined, periodText: string | undefined): number {
  const quota = Number(quotaText);
  const period = Number(periodText);
  return quota > 0 && period > 0 ? quota / period : Infinity;
}

/**
 * Whole cores, at least 1: the smaller of what the scheduler allows and the cgroup (v2 or v1) CPU quota, rounded down,
 * because a thread more than the quota pays for makes every other one wait.
 */
export function availableCores(sources: Partial<CoreSources> = {}): number {
  const { parallelism = os.availableParallelism(), readFile = readIfThere } = sources;
  let quota = Infinity;
  for (const line of (readFile('/proc/self/cgroup') ?? '').split('\n')) {
    const [hierarchy, controllers, folder] = line.split(':');
    if (folder === undefined) continue;
    if (hierarchy === '0') {
      for (const at of withParents(folder)) {
        quota = Math.min(quota, quotaV2(readFile(path.posix.join(CGROUP_ROOT, at, 'cpu.max'))));
      }
    } else if (controllers?.split(',').includes('cpu')) {
      for (const at of withParents(folder)) {
        const base = path.posix.join(CGROUP_ROOT, 'cpu', at);
        quota = Math.min(
          quota,
          quotaV1(readFile(`${base}/cpu.cfs_quota_us`), readFile(`${base}/cpu.cfs_period_us`)),
        );
      }
    }
  }
  return Math.max(1, Math.min(parallelism, Math.floor(quota)));
}
