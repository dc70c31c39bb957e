// Tries each thing that Nunchi needs and says what came of it. Changes nothing but a test file in the home folder, or in the
// one above it.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { configWarnings, type Config } from '../config.js';
import { readRunningBot } from '../home/home-lock.js';
import { checkWritable, homePaths } from '../home/home.js';
import { readBaseModel } from '../learn/start-model.js';
import { resolveDefaultModel } from '../learn/default-model.js';
import { REPLAY_SETS } from '../learn/replay-sets.js';
import { multiplyOn } from '../onnx/provider-check.js';
import { candidatesOf } from '../train/engines/choose.js';
import { examineDatabase } from './examine-database.js';
import { examineModels } from './examine-models.js';
import { examineTraining } from './examine-training.js';
import { note, ok, problem, type Finding } from './finding.js';

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
export function examineHome(config: Pick<Config, 'home'>): Finding {
  let folder = config.home;
  while (!existsSync(folder)) folder = path.dirname(folder);
  checkWritable(folder);
  const running = readRunningBot(homePaths(config.home));
  const state = folder === config.home ? 'writable' : 'will be made at the first start';
  return ok(
    'home',
    `${config.home} (${state}${running === null ? '' : `; in use by process ${running.pid}`})`,
  );
}

/** What nights replay and are judged by beside what comes with Nunchi; nothing is wrong without it. */
function examineData({ data }: Config): Finding {
  const sets = Object.keys(REPLAY_SETS).filter((name) => existsSync(path.join(data, name)));
  if (sets.length > 0) return ok('public data', `${sets.join(', ')} in ${data}`);
  return note(
    'public data',
    existsSync(data) ? `none in ${data}` : `${data} does not exist`,
    'Nights then go by the sentences that come with Nunchi; "npm run -s nunchi -- data fetch nsmc" adds the base set of the gate.',
  );
}

async function examineModel(config: Config): Promise<Finding> {
  const { version, directory } = await readBaseModel(resolveDefaultModel(config));
  return ok('base model', `${version} in ${directory}, every file checked`);
}

/** What every answer needs: ONNX Runtime on the processor. */
async function examineServing(): Promise<Finding> {
  await multiplyOn('cpu');
  return ok('onnxruntime', 'computed a matrix product on the processor');
}

/** A database that cannot be read is a finding already. */
async function modelFindings(config: Config | null): Promise<Finding[]> {
  if (config === null) return [];
  try {
    return await examineModels(config, new Date());
  } catch (error) {
    return [problem('models', error)];
  }
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
      ...withConfig('public data', examineData),
    ])),
    ...(await modelFindings(known)),
    await attempt('onnxruntime', examineServing),
    ...(await examineTraining(known, candidatesOf('auto'))),
  ];
}
