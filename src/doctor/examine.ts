// Tries each thing that Nunchi needs and says what came of it. Changes nothing but a test file in the home folder.
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { configWarnings, type Config } from '../config.js';
import { NunchiError } from '../errors.js';
import { readRunningBot } from '../home/home-lock.js';
import { homePaths } from '../home/home.js';
import { readBaseModel } from '../learn/start-model.js';
import { resolveDefaultModel } from '../learn/default-model.js';
import { probeProviders } from '../onnx/probe.js';
import { examineDatabase } from './examine-database.js';

export interface Finding {
  name: string;
  /** `note`: worth knowing, nothing is wrong. */
  state: 'ok' | 'note' | 'problem';
  detail: string;
  /** What to do about it, or null. */
  mend: string | null;
}

export const ok = (name: string, detail: string): Finding => ({ name, state: 'ok', detail, mend: null });
export const note = (name: string, detail: string, mend: string | null = null): Finding => ({
  name,
  state: 'note',
  detail,
  mend,
});

/** A finding from whatever was thrown. */
export function problem(name: string, error: unknown): Finding {
  const known = error instanceof NunchiError;
  return {
    name,
    state: 'problem',
    detail: error instanceof Error ? error.message : String(error),
    mend: known ? (error.hint ?? null) : null,
  };
}

async function attempt(name: string, examineOne: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await examineOne();
  } catch (error) {
    return problem(name, error);
  }
}

const MINIMUM_NODE = [20, 19] as const;

function examineNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
  return enough
    ? ok('node', version)
    : {
        name: 'node',
        state: 'problem',
        detail: `${version} is too old`,
        mend: `Install Node ${MINIMUM_NODE.join('.')} or newer.`,
      };
}

function examineSystem(): Finding {
  const { platform, arch } = process;
  if (platform !== 'linux') return ok('system', `${platform} ${arch}`);
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const glibc = report.header?.glibcVersionRuntime;
  return glibc === undefined
    ? note(
        'system',
        `linux ${arch}, not glibc`,
        'ONNX Runtime needs glibc; musl systems such as Alpine lack it.',
      )
    : ok('system', `linux ${arch}, glibc ${glibc}`);
}

/** The nearest folder that exists decides whether the home can be made. */
function examineHome(config: Config): Finding {
  let folder = config.home;
  while (!existsSync(folder)) folder = path.dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new NunchiError('home-not-writable', `${folder} cannot be written`, {
      hint: 'Give this user the right to write there, or choose another folder with NUNCHI_HOME.',
      cause: error,
    });
  }
  const running = readRunningBot(homePaths(config.home));
  const state = folder === config.home ? 'writable' : 'will be made at the first start';
  return ok(
    'home',
    `${config.home} (${state}${running === null ? '' : `; in use by process ${running.pid}`})`,
  );
}

async function examineModel(config: Config): Promise<Finding> {
  const { version, directory } = await readBaseModel(resolveDefaultModel(config));
  return ok('base model', `${version} in ${directory}, every file checked`);
}

async function examineServing(): Promise<Finding[]> {
  try {
    return (await probeProviders()).map(({ provider, works, reason }) => {
      const name = `onnxruntime ${provider}`;
      if (works) return ok(name, 'computed a matrix product');
      const detail = `does not work here: ${reason ?? 'no reason given'}`;
      // Only the processor is needed; the others are extras of some machines.
      return provider === 'cpu' ? problem(name, new Error(detail)) : note(name, detail);
    });
  } catch (error) {
    return [problem('onnxruntime', error)];
  }
}

async function examineTraining(config: Config | null): Promise<Finding[]> {
  // Loaded here only: TensorFlow.js would slow the start of every other command.
  const { probeEngines } = await import('../train/engines/choose.js');
  const probes = await probeEngines();
  const findings = probes.map(({ name, works, stepMs, reason }) =>
    works
      ? ok(`training: ${name}`, `computed a training step in ${(stepMs ?? 0).toFixed(1)} ms`)
      : note(`training: ${name}`, reason ?? 'does not work here'),
  );
  const wanted = config?.engine ?? 'auto';
  const usable = probes.some(({ name, works }) => works && (wanted === 'auto' || name.startsWith(wanted)));
  if (usable) return findings;
  const error = new NunchiError('engine-unavailable', `no engine for NUNCHI_ENGINE=${wanted} works here`, {
    hint:
      wanted === 'auto'
        ? 'Reinstall with "npm ci".'
        : 'Remove NUNCHI_ENGINE, or install what that engine needs.',
  });
  return [...findings, problem('training', error)];
}

/** @param loadConfig may throw: that is a finding too. */
export async function examine(loadConfig: () => Config): Promise<Finding[]> {
  let config: Config | null = null;
  const settings = await attempt('settings', () => {
    config = loadConfig();
    const [warning] = configWarnings();
    return warning === undefined
      ? ok('settings', 'valid')
      : note('settings', warning, 'Correct or remove it.');
  });
  // The closure above assigns it, which the compiler does not see.
  const known = config as Config | null;
  const withConfig = (name: string, examineOne: (config: Config) => Finding | Promise<Finding>) =>
    known === null ? [] : [attempt(name, () => examineOne(known))];
  return [
    examineNode(),
    examineSystem(),
    settings,
    ...(await Promise.all([
      ...withConfig('home', examineHome),
      attempt('database', () => examineDatabase(known)),
      ...withConfig('base model', examineModel),
    ])),
    ...(await examineServing()),
    ...(await examineTraining(known)),
  ];
}
