// `npm run bench -- NAME [--json] [options]`: runs one benchmark of this folder and prints its rows.
import { readdir } from 'node:fs/promises';
import os from 'node:os';
import type { Bench, Row, Summary } from './harness.js';

const figure = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function side({ name, median, spread }: Summary, unit: string): string {
  return `    ${figure(median)} ${unit} (${figure(spread[0])}–${figure(spread[1])})  ${name}`;
}

function lines({ row, unit, better, ours, peer, ratio, goal, note }: Row): string[] {
  const asked = goal === undefined ? '' : `, goal ${goal}: ${ratio >= goal ? 'met' : 'not met'}`;
  return [
    `${row}: ${ratio.toFixed(2)} times the peer${asked}`,
    `  medians of ${Math.min(ours.values.length, peer.values.length)}, ${better} is better`,
    side(ours, unit),
    side(peer, unit),
    ...(note === undefined ? [] : [`  ${note}`]),
  ];
}

async function loadBenches(): Promise<Map<string, Bench>> {
  const files = (await readdir(import.meta.dirname)).filter(
    (file) => file.endsWith('.js') && file !== 'run.js',
  );
  const benches = new Map<string, Bench>();
  for (const file of files.sort()) {
    const module = (await import(`./${file}`)) as { bench?: Bench };
    if (module.bench !== undefined) benches.set(file.replace(/\.js$/, ''), module.bench);
  }
  return benches;
}

const [name, ...rest] = process.argv.slice(2).filter((argument) => argument !== '--json');
const json = process.argv.includes('--json');
const benches = await loadBenches();
const bench = benches.get(name ?? '');
if (bench === undefined) {
  const known = [...benches].map(([key, { about }]) => `  ${key.padEnd(18)} ${about}`);
  console.error([`Usage: npm run bench -- NAME [--json]`, ...known].join('\n'));
  process.exitCode = 2;
} else {
  const rows = await bench.run(rest);
  const machine = {
    cores: os.availableParallelism(),
    processor: os.cpus()[0]?.model ?? '',
    node: process.version,
  };
  // The first row is the one that the benchmark is named for.
  if (json) console.log(JSON.stringify({ bench: name, machine, ratio: rows[0]?.ratio, rows }, null, 2));
  else
    console.log(
      [...rows.flatMap(lines), `${machine.cores} cores, ${machine.processor}, Node ${machine.node}`].join(
        '\n',
      ),
    );
}
