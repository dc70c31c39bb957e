// Settings of the gate for a soak of nights: a tiny model with random weights knows nothing that it could lose; a few
// held-out corrections, which it gets right by chance, keep some candidates out.
import { writeLenientGate } from '../../fixtures/lenient-gate.js';

/** @returns the file's path */
export function writeGate(folder: string): string {
  return writeLenientGate(folder, {
    promotion: undefined,
    minHeldOutCorrections: 3,
    heldOutMargin: 0.05,
    latencyRatio: 1_000,
    latencyAllowanceMs: 10_000,
    latencyTexts: 2,
  });
}
