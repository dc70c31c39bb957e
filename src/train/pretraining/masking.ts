// Which tokens of an example are hidden, and behind what (Devlin et al. 2019).
import type { Random } from '../../bert/random.js';
import type { PieceTraits } from './pairs.js';

export interface MaskingOptions {
  traits: PieceTraits;
  clsId: number;
  sepId: number;
  maskId: number;
  /** Ids that may stand in for a hidden token: no special ones. */
  ordinaryIds: Int32Array;
  /** Part of the tokens that is to be predicted. */
  rate: number;
  /** Hides all pieces of a word or none (whole-word masking). */
  wholeWords: boolean;
}

export interface MaskedTokens {
  /** Ascending places in the example. */
  positions: number[];
  /** What stood there. */
  ids: number[];
}

const HIDDEN = 0.8;
const REPLACED = 0.1;

/**
 * Changes `ids` in place: of the tokens to be predicted 80 % become `[MASK]`, 10 % a random token, 10 % stay. At least one token
 * is to be predicted.
 */
export function maskTokens(ids: number[], options: MaskingOptions, random: Random): MaskedTokens {
  const { traits, clsId, sepId, maskId, ordinaryIds } = options;
  const units: number[][] = [];
  let tokens = 0;
  ids.forEach((id, at) => {
    if (id === clsId || id === sepId) return;
    tokens += 1;
    const last = units.at(-1);
    const continues = options.wholeWords && traits.startsWord[id] !== 1 && last?.at(-1) === at - 1;
    if (continues) last.push(at);
    else units.push([at]);
  });
  const wanted = Math.max(1, Math.round(tokens * options.rate));
  const positions: number[] = [];
  for (const unit of random.shuffle(units)) {
    // A word that does not fit any more is passed over, but the first is taken however long it is.
    if (positions.length > 0 && positions.length + unit.length > wanted) continue;
    positions.push(...unit);
    if (positions.length >= wanted) break;
  }
  positions.sort((a, b) => a - b);
  const hidden = positions.map((at) => ids[at] as number);
  for (const at of positions) {
    const chance = random.next();
    if (chance < HIDDEN) ids[at] = maskId;
    else if (chance < HIDDEN + REPLACED)
      ids[at] = ordinaryIds[Math.floor(random.next() * ordinaryIds.length)] as number;
  }
  return { positions, ids: hidden };
}
