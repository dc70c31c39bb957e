// `npm run setup:gpu`: adds what trains on a GPU and says what this system lacks for it.
// Without an option @tensorflow/tfjs-node-gpu (CUDA 11); --cuda: ONNX Runtime's CUDA provider; --check: only looks.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readEnvironment } from '../config.js';
import { CUDA_PROVIDER_FILE, RUNTIME_PACKAGE } from '../onnx/runtime-files.js';
import { PACKAGE_ROOT } from '../paths.js';
import { describeWays } from './report.js';
import type { System } from './requirements.js';

const GPU_PACKAGE = '@tensorflow/tfjs-node-gpu';
const GPU_PACKAGE_VERSION = '4.22.0';

const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };

const system: System = {
  platform: process.platform,
  arch: process.arch,
  nodeVersion: process.versions.node,
  glibc: report.header?.glibcVersionRuntime,
  libraryFolders: (readEnvironment()['LD_LIBRARY_PATH'] ?? '').split(':').filter((folder) => folder !== ''),
  exists: existsSync,
  run(command, args) {
    try {
      return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    } catch {
      return null; // not there, or it failed: both mean that it has nothing to tell
    }
  },
};

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Runs a command in the open; true where it succeeded. */
function run(command: string, args: string[], cwd: string, settings: Record<string, string> = {}): boolean {
  say(`$ ${[command, ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: 'inherit',
    env: { ...readEnvironment(), ...settings },
    shell: process.platform === 'win32',
  });
  if (error !== undefined) say(`${command} could not be started: ${error.message}`);
  return status === 0;
}

/** Nothing is written to package.json or its lock file; "npm ci" takes the package away again. */
function addTensorflow(): boolean {
  const install = ['install', '--no-save', '--ignore-scripts', `${GPU_PACKAGE}@${GPU_PACKAGE_VERSION}`];
  if (!run('npm', install, PACKAGE_ROOT)) {
    say('', `The npm registry did not give ${GPU_PACKAGE}: is there a connection to it?`);
    return false;
  }
  // By hand, since newer versions of npm run no package's own script that is not listed.
  if (run('npm', ['run', 'install'], path.join(PACKAGE_ROOT, 'node_modules', ...GPU_PACKAGE.split('/'))))
    return true;
  say(
    '',
    `${GPU_PACKAGE} is there, but its own download failed. It fetches TensorFlow's library (some hundred MB) from`,
    'storage.googleapis.com, which must be reachable from here, also through a proxy or firewall. Where it is mirrored,',
    'set TFJS_NODE_CDN_STORAGE to the mirror and run this again. Nunchi trains without it as before.',
  );
  return false;
}

function addCudaProvider(): boolean {
  const script = path.join(RUNTIME_PACKAGE, 'script', 'install.js');
  // The variable goes before "onnxruntime-node-install=skip" of .npmrc.
  if (run(process.execPath, [script], RUNTIME_PACKAGE, { ONNXRUNTIME_NODE_INSTALL: 'cuda12' })) return true;
  say(
    '',
    "ONNX Runtime's CUDA provider could not be fetched. It comes from api.nuget.org (some hundred MB), which must be",
    'reachable from here; through a proxy, set GLOBAL_AGENT_HTTPS_PROXY. Nunchi trains without it as before.',
  );
  return false;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((option) => option !== '--cuda' && option !== '--check');
if (unknown.length > 0) {
  say(`unknown option ${unknown.join(' ')}`, 'usage: npm run setup:gpu [-- --check | -- --cuda]');
  process.exitCode = 2;
} else {
  const added =
    wanted.includes('--check') || (wanted.includes('--cuda') ? addCudaProvider() : addTensorflow());
  say('', ...describeWays(system, CUDA_PROVIDER_FILE));
  say('', 'To see which engine trains now: npm run -s nunchi -- doctor', 'More: docs/gpu.md');
  if (!added) process.exitCode = 1;
}
