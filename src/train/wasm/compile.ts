// Compiles adamw.wat into adamw-binary.ts, a generated file; `--check` fails where that is not what the source gives.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import wabt from 'wabt';
import { PACKAGE_ROOT } from '../../paths.js';

const SOURCE = path.join(PACKAGE_ROOT, 'src', 'train', 'wasm', 'adamw.wat');
const TARGET = path.join(PACKAGE_ROOT, 'src', 'train', 'wasm', 'adamw-binary.ts');

async function compile(): Promise<string> {
  const toolkit = await wabt();
  const module = toolkit.parseWat(path.basename(SOURCE), await readFile(SOURCE, 'utf8'), { simd: true });
  module.validate();
  const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
  const lines = (base64.match(/.{1,100}/g) ?? []).map((line) => `  '${line}',`);
  return [
    '// Generated from adamw.wat by compile.ts; do not edit.',
    '/** WebAssembly module, base64. */',
    'export const ADAMW_BINARY = [',
    ...lines,
    "].join('');",
    '',
  ].join('\n');
}

const content = await compile();
if (!process.argv.includes('--check')) await writeFile(TARGET, content);
else if ((await readFile(TARGET, 'utf8')) !== content) {
  console.error(`${path.basename(TARGET)} is not what adamw.wat gives: run "npm run -s adamw-kernel".`);
  process.exitCode = 1;
}
