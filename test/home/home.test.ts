// The home folder and its lock: made for the owner alone, held by one process, given back by the kernel.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { acquireHomeLock, readRunningBot } from '../../src/home/home-lock.js';
import { homePaths, openHome } from '../../src/home/home.js';
import { temporaryFolders } from '../store/temporary-home.js';

const nextFolder = temporaryFolders();
const HOLDER = fileURLToPath(new URL('./children/holder.mjs', import.meta.url));
const modeOf = (file: string) => statSync(file).mode & 0o777;

describe('home', () => {
  it('is made with its folders, for the owner alone, and opened again', () => {
    const folder = path.join(nextFolder(), 'deep', 'home');
    const home = openHome(folder);
    expect(openHome(folder)).toEqual(home);
    expect(existsSync(home.modelsDirectory) && existsSync(home.runsDirectory)).toBe(true);
    if (process.platform !== 'win32') expect(modeOf(folder)).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual(['models', 'runs']);
  });

  it('is refused below a file and where the system lets nobody write', () => {
    const folder = nextFolder();
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'file'), '');
    const places = [path.join(folder, 'file'), path.join(folder, 'file', 'home')];
    // Not even root may make folders there, as tests that run as root cannot be stopped by modes.
    if (process.platform === 'linux') places.push('/proc/nunchi');
    for (const place of places) {
      expect(() => openHome(place)).toThrow(expect.objectContaining({ code: 'home-not-writable' }) as Error);
    }
    expect(() => openHome(places[0] ?? '')).toThrow('is not a folder');
  });
});

describe('home lock', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  async function startHolder(directory: string): Promise<{ child: ChildProcess; said: string }> {
    const child = spawn(process.execPath, [HOLDER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const [said] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return { child, said };
  }

  it('is held once in a process, and free after its release', () => {
    const home = openHome(nextFolder());
    expect(readRunningBot(home)).toBeNull();
    const lock = acquireHomeLock(home, () => new Date(0));
    expect(() => acquireHomeLock(home)).toThrow(`process ${process.pid}`);
    const starting = {
      pid: process.pid,
      startedAt: '1970-01-01T00:00:00.000Z',
      version: null,
      control: null,
    };
    expect(readRunningBot(home)).toEqual(starting);
    const control = { host: '127.0.0.1', port: 4000, token: 'secret' };
    lock.publish({ version: '0.1.0', control });
    expect(readRunningBot(home)).toEqual({ ...starting, version: '0.1.0', control });
    if (process.platform !== 'win32') expect(modeOf(home.botFile)).toBe(0o600);
    lock.release();
    lock.release();
    expect(readRunningBot(home)).toBeNull();
    expect(existsSync(home.botFile)).toBe(false);
    acquireHomeLock(home).release();
  });

  it('keeps a second process out, names the first, and is free after kill -9', async () => {
    const home = openHome(nextFolder());
    const { child, said } = await startHolder(home.directory);
    expect(said).toBe('held');
    expect(() => acquireHomeLock(home)).toThrow(
      expect.objectContaining({
        code: 'home-in-use',
        message: expect.stringContaining(`process ${child.pid}`) as string,
      }) as Error,
    );
    expect(readRunningBot(home)).toMatchObject({ pid: child.pid, version: '1.2.3', control: { port: 4242 } });

    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    // What it wrote is still there and must not be believed.
    expect(existsSync(home.botFile)).toBe(true);
    expect(readRunningBot(home)).toBeNull();
    const lock = acquireHomeLock(home);
    expect(readRunningBot(home)).toMatchObject({ pid: process.pid, control: null });
    expect((await startHolder(home.directory)).said).toMatch(`process ${process.pid}`);
    lock.release();
  });

  it('lets one of two that start at the same moment in', async () => {
    const folder = nextFolder();
    const both = await Promise.all([startHolder(folder), startHolder(folder)]);
    const words = both.map(({ said }) => said.split(' ')[0]).sort();
    expect(words).toEqual(['held', 'home-in-use']);
  });

  it('does not name a process from a file that it cannot read', () => {
    const home = openHome(nextFolder());
    const lock = acquireHomeLock(home);
    for (const content of [
      '',
      '{"pid":',
      '{"pid":"x"}',
      '{"pid":999999999,"startedAt":"","version":null,"control":null}',
    ]) {
      writeFileSync(home.botFile, content);
      expect(() => readRunningBot(home)).toThrow('another process');
      expect(() => acquireHomeLock(home)).toThrow('another process');
    }
    lock.release();
  });

  it('looks without making anything', () => {
    const home = homePaths(nextFolder());
    expect(readRunningBot(home)).toBeNull();
    expect(existsSync(home.directory)).toBe(false);
  });
});
