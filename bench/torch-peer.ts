// The PyTorch side of the training benchmarks: torch-train.py in a process of its own, asked for steps.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { BertConfig } from '../src/bert/config.js';
import { PACKAGE_ROOT } from '../src/paths.js';

export interface PeerSteps {
  seconds_per_step: number;
  losses: number[];
  peak_bytes: number;
}

export interface TorchPeer {
  steps(count: number): Promise<PeerSteps>;
  stop(): Promise<void>;
}

/** Debian's interpreter, which python3-torch belongs to. */
const PYTHON = '/usr/bin/python3';

/** @param more further options of torch-train.py */
export async function startTorchPeer(
  config: BertConfig,
  batch: number,
  length: number,
  more: readonly string[] = [],
): Promise<TorchPeer> {
  const sizes = {
    layers: config.layers,
    hidden: config.hiddenSize,
    heads: config.heads,
    intermediate: config.intermediateSize,
    vocabulary: config.vocabularySize,
    positions: config.maxPositions,
    dropout: config.hiddenDropout,
    batch,
    length,
  };
  const options = Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const script = path.join(PACKAGE_ROOT, 'bench', 'torch-train.py');
  const child = spawn(PYTHON, [script, ...options, ...more], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`PyTorch ended with ${code}: it needs python3-torch and libopenblas0-pthread`)),
    );
  });
  ended.catch(() => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () =>
    JSON.parse((await Promise.race([lines.next(), ended])).value as string) as unknown;
  await answer();
  return {
    async steps(count) {
      child.stdin.write(`step ${count}\n`);
      return (await answer()) as PeerSteps;
    },
    async stop() {
      child.stdin.end('quit\n');
      await ended.catch(() => undefined);
    },
  };
}
