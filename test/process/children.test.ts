import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { forkChild, type ChildHandle } from '../../src/process/fork-child.js';
import { createRequester } from '../../src/process/requests.js';

type TestProtocol = {
  echo: { request: unknown; response: unknown };
  fail: { request: null; response: null };
  die: { request: null; response: null };
  block: { request: null; response: null };
};

const ENTRY = new URL('children/child.mjs', import.meta.url);
const running: ChildHandle[] = [];

function start(options?: Parameters<typeof forkChild>[1]) {
  const child = forkChild(ENTRY, options);
  running.push(child);
  return { child, requester: createRequester<TestProtocol>(child) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => child.stop(0)));
});

describe('a child process', () => {
  it('answers requests, out of order where need be, with typed arrays intact', async () => {
    const { requester } = start();
    const values = [new Float32Array([1, 2]), { text: 'ㅋㅋ\ud800\0' }, [1, 'a']];
    expect(await Promise.all(values.map((value) => requester.request('echo', value)))).toEqual(values);
  });

  it('hands a coded error over with its hint', async () => {
    const { requester } = start();
    await expect(requester.request('fail', null)).rejects.toMatchObject({ code: 'busy', hint: 'Wait.' });
  });

  it('rejects what is waiting when it dies, with the end of its standard error, and everything after', async () => {
    const { child, requester } = start();
    const waiting = requester.request('die', null);
    await expect(waiting).rejects.toMatchObject({ code: 'process-ended' });
    await expect(waiting).rejects.toThrow(/SIGKILL.*last words/s);
    await expect(requester.request('echo', 1)).rejects.toMatchObject({ code: 'process-ended' });
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' });
  });

  it('ends by itself when its channel is closed', async () => {
    const { child, requester } = start();
    await requester.request('echo', 1);
    await child.stop(20_000);
    expect(await child.exited).toMatchObject({ code: 0, signal: null });
  });

  it('is killed at the deadline when it hangs, and stopping twice is harmless', async () => {
    const { child, requester } = start();
    await requester.request('echo', 1);
    const blocked = requester.request('block', null);
    await Promise.all([child.stop(100), child.stop(100), expect(blocked).rejects.toThrow()]);
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' });
  });

  it('leaves SIGINT and SIGTERM to its parent', async () => {
    const { child, requester } = start();
    await requester.request('echo', 1);
    process.kill(child.pid, 'SIGINT');
    process.kill(child.pid, 'SIGTERM');
    expect(await requester.request('echo', 2)).toBe(2);
  });

  it.skipIf(process.platform === 'win32')('takes the priority asked for', async () => {
    const os = await import('node:os');
    const { child } = start({ priority: 10 });
    expect(os.getPriority(child.pid)).toBe(10);
  });
});

describe.skipIf(process.platform === 'win32')('kill -9 of a parent', () => {
  it.each(['idle', 'blocked'])('leaves no orphan of a child that is %s', async (state) => {
    const file = fileURLToPath(new URL('children/parent.mjs', import.meta.url));
    const parent = spawn(process.execPath, [file, state], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000, interval: 25 });
  });
});
