// Every number that the gate goes by, with its default, and the file in which an operator sets others. They are stored with
// each verdict.
import { z } from 'zod';
import { parseSettings } from '../../settings-file.js';
import type { CanaryConfig } from './canary.js';
import type { NonInferiorityConfig } from './non-inferiority.js';

export interface GateConfig {
  /** `ask`: what would be promoted waits for a person's word instead. */
  promotion: 'auto' | 'ask';
  /** The frozen base set; where it is not there, the held-out known sentences stand in for it with their own margin. */
  base: NonInferiorityConfig;
  /** The held-out known sentences (`replay`). Beside a base set they stop what is worse by more than the margin and by the exact test. */
  replay: NonInferiorityConfig;
  /** Expected calibration error may grow by so much. */
  calibrationTolerance: number;
  /** Holm-corrected level of the exact tests of the behaviour set, one for each capability, */
  behaviourLevel: number;
  /** and the part of all its items that may be lost on the whole. */
  behaviourTolerance: number;
  canary: CanaryConfig;
  /** From so many held-out corrections on they have a say by the exact test; fewer must only not be worse. */
  minHeldOutCorrections: number;
  /** One-sided level of the exact McNemar tests on held-out corrections. */
  level: number;
  /** `not-worse`: with enough of them, no worse by the test and by `heldOutMargin`; `better`: better by the test. */
  heldOut: 'not-worse' | 'better';
  /** Part of the held-out corrections that may be lost where the test shows neither: 3 of 60, which equal models differ by. */
  heldOutMargin: number;
  /** A candidate's median may be so many times the champion's, */
  latencyRatio: number;
  /** plus so much, which a message is not felt to be later by. */
  latencyAllowanceMs: number;
  /** Messages timed. */
  latencyTexts: number;
  /** Of the directory's bytes beside the base model's: a trained one holds full precision and its graph, the shipped one neither. */
  sizeRatio: number;
}

const NON_INFERIORITY = {
  level: 0.05,
  requiredPower: 0.8,
  widestMargin: 0.03,
  plannedDiscordance: 0.06,
} as const;

export const GATE_DEFAULTS: GateConfig = {
  promotion: 'auto',
  base: { ...NON_INFERIORITY, margin: 0.005 },
  replay: { ...NON_INFERIORITY, margin: 0.01 },
  calibrationTolerance: 0.02,
  behaviourLevel: 0.05,
  behaviourTolerance: 0.02,
  canary: {
    minCorrections: 4,
    minShare: 0.02,
    purity: 0.8,
    lift: 5,
    longestWords: 4,
    most: 12,
    carriers: 24,
    limit: 0.25,
  },
  minHeldOutCorrections: 50,
  level: 0.05,
  heldOut: 'not-worse',
  heldOutMargin: 0.05,
  latencyRatio: 1.5,
  latencyAllowanceMs: 5,
  latencyTexts: 40,
  sizeRatio: 6,
};

const share = z.number().min(0).max(1);
const count = z.number().int().min(1);
const nonInferiority = z.strictObject({
  margin: share,
  level: share.gt(0).lt(1),
  requiredPower: share.gt(0).lt(1),
  widestMargin: share,
  plannedDiscordance: share,
});
const Settings = z
  .strictObject({
    promotion: z.enum(['auto', 'ask']),
    base: nonInferiority.partial(),
    replay: nonInferiority.partial(),
    calibrationTolerance: share,
    behaviourLevel: share.lt(1),
    behaviourTolerance: share,
    canary: z
      .strictObject({
        minCorrections: count,
        minShare: share,
        purity: share,
        lift: z.number().min(0),
        longestWords: count,
        most: z.number().int().min(0),
        carriers: count,
        limit: share,
      })
      .partial(),
    minHeldOutCorrections: count,
    level: share.lt(1),
    heldOut: z.enum(['not-worse', 'better']),
    heldOutMargin: share,
    latencyRatio: z.number().min(1),
    latencyAllowanceMs: z.number().min(0),
    latencyTexts: count,
    sizeRatio: z.number().positive(),
  })
  .partial();

/**
 * @param content of the file: a JSON object with any of the settings above
 * @param file named in errors
 * @throws NunchiError `invalid-config` naming the setting and what was wrong
 */
export function parseGateSettings(content: string, file: string): GateConfig {
  const hint =
    'docs/gate.md says what the settings are, src/learn/gate/settings.ts lists all with their defaults; leave out those that are not to change.';
  // Exact optional properties: what is undefined would override.
  const given = parseSettings(Settings, content, file, hint) as Partial<GateConfig>;
  return {
    ...GATE_DEFAULTS,
    ...given,
    base: { ...GATE_DEFAULTS.base, ...given.base },
    replay: { ...GATE_DEFAULTS.replay, ...given.replay },
    canary: { ...GATE_DEFAULTS.canary, ...given.canary },
  };
}
