// Writes reference/ from the local copy that NUNCHI_DATA names; with --check it compares instead.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { loadConfig } from '../../config.js';
import { PACKAGE_ROOT } from '../../paths.js';
import { DATA_SETS } from './index.js';
import { describeSplit, packReference, textKey, type Reference } from './reference.js';

/** Sets that come in splits of their own need no keys. */
const OFFICIAL_SPLITS: ReadonlySet<string> = new Set(['nsmc', 'goemotions']);
const target = (file: string) => path.join(PACKAGE_ROOT, 'src', 'data', 'sets', 'reference', file);

function readReference(name: string, folder: string): Reference {
  const reference: Reference = { splits: {}, texts: {} };
  for (const split of ['train', 'dev', 'test']) {
    const file = path.join(folder, name, `${split}.tsv.gz`);
    if (!existsSync(file)) continue;
    const lines = gunzipSync(readFileSync(file)).toString('utf8').replace(/\n$/, '').split('\n');
    const { rows, labels, sha256 } = describeSplit(lines);
    reference.splits[split] = { rows, labels, sha256 };
    if (OFFICIAL_SPLITS.has(name)) continue;
    reference.texts[split] = lines.slice(1).map((line) => textKey(line.slice(0, line.indexOf('\t'))));
  }
  const keys = Object.values(reference.texts).flat();
  if (new Set(keys).size !== keys.length) throw new Error(`${name}: two texts have the same key`);
  return reference;
}

for (const { name } of DATA_SETS) {
  const { json, bin } = packReference(readReference(name, loadConfig().data));
  for (const [file, content] of [
    [`${name}.json`, Buffer.from(json)],
    [`${name}.bin`, bin],
  ] as const) {
    if (content === undefined) continue;
    if (!process.argv.includes('--check')) writeFileSync(target(file), content);
    else if (!readFileSync(target(file)).equals(content)) {
      console.error(`${target(file)} is out of date: npm run -s data-reference writes it`);
      process.exitCode = 1;
    }
  }
}
