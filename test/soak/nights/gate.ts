// Settings of the gate for a soak of nights: a tiny model with random weights knows nothing that it could lose; a few
// held-out corrections, which it gets right by chance, keep some candidates out.
import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** @returns the file's path */
export function writeGate(folder: string): string {
  const file = path.join(folder, 'gate.json');
  const anything = { margin: 1, widestMargin: 1 };
  const settings = {
    base: anything,
    replay: anything,
    calibrationTolerance: 1,
    behaviourLevel: 0,
    behaviourTolerance: 1,
    canary: { limit: 1 },
    minHeldOutCorrections: 3,
    heldOutMargin: 0.05,
    latencyRatio: 1_000,
    latencyAllowanceMs: 10_000,
    latencyTexts: 2,
    sizeRatio: 100,
  };
  writeFileSync(file, JSON.stringify(settings));
  return file;
}
