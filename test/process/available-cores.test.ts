import { describe, expect, it } from 'vitest';
import { availableCores } from '../../src/process/available-cores.js';

const cores = (parallelism: number, files: Record<string, string>) =>
  availableCores({ parallelism, readFile: (file) => files[file] });

describe('availableCores', () => {
  it('takes what the scheduler allows where there is no quota', () => {
    expect(cores(6, {})).toBe(6);
    expect(cores(6, { '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/cpu.max': 'max 100000\n' })).toBe(6);
  });

  it('rounds a cgroup v2 quota down, and never below one', () => {
    const withQuota = (quota: string) =>
      cores(8, { '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/cpu.max': `${quota} 100000\n` });
    expect(withQuota('250000')).toBe(2);
    expect(withQuota('20000')).toBe(1);
    expect(withQuota('9900000')).toBe(8);
  });

  it('obeys the tightest quota among the parents', () => {
    expect(
      cores(8, {
        '/proc/self/cgroup': '0::/pod/container\n',
        '/sys/fs/cgroup/pod/cpu.max': '300000 100000',
        '/sys/fs/cgroup/pod/container/cpu.max': 'max 100000',
      }),
    ).toBe(3);
  });

  it('reads cgroup v1, where -1 means no quota', () => {
    const withQuota = (quota: string) =>
      cores(8, {
        '/proc/self/cgroup': '3:cpuset:/\n4:cpu,cpuacct:/a\n',
        '/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': quota,
        '/sys/fs/cgroup/cpu/a/cpu.cfs_period_us': '50000\n',
      });
    expect(withQuota('100000\n')).toBe(2);
    expect(withQuota('-1\n')).toBe(8);
  });

  it('gives a whole number of cores on this machine', () => {
    expect(availableCores()).toBeGreaterThanOrEqual(1);
    expect(Number.isInteger(availableCores())).toBe(true);
  });
});
