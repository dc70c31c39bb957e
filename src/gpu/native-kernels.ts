// The kernels of TensorFlow.js that tfjs-node has, read from its npm package without installing it; run it to write the
// list, or with --check to compare. A test holds our kernels to that list.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PACKAGE_ROOT } from '../paths.js';

const PACKAGE = '@tensorflow/tfjs-node@4.22.0';
const LIST = path.join(PACKAGE_ROOT, 'src', 'gpu', 'native-kernels.json');

function readKernels(): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'nunchi-kernels-'));
  try {
    const packed = execFileSync('npm', ['pack', PACKAGE, '--silent', '--pack-destination', folder], {
      encoding: 'utf8',
    });
    const archive = packed.trim().split('\n').at(-1) ?? '';
    execFileSync('tar', ['-xzf', archive, 'package/dist/register_all_kernels.js'], { cwd: folder });
    const source = readFileSync(path.join(folder, 'package', 'dist', 'register_all_kernels.js'), 'utf8');
    // Each kernel is a file of its own, named as the kernel; it is registered as `Name_1.nameConfig`.
    const names = [...source.matchAll(/\b(\w+)_1\.\w+Config\b/g)].map(([, name]) => String(name));
    return [...new Set(names)].sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const list = `${JSON.stringify({ package: PACKAGE, kernels: readKernels() }, null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(LIST, list);
else if (readFileSync(LIST, 'utf8') !== list) {
  console.error(`${LIST} is out of date: npm run -s native-kernels writes it`);
  process.exitCode = 1;
}
