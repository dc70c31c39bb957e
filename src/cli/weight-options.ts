// Numbers for labels or files as option values: weights, and how many rows of each label to use.
import { InvalidArgumentError } from 'commander';
import { isLabel, LABELS, type Label } from '../labels.js';

const HIGHEST = 100;

/** The number after the last `=` of `text`, and what stands before it; null where it is no weight. */
function splitWeight(text: string): { name: string; weight: number } | null {
  const at = text.lastIndexOf('=');
  const weight = Number(text.slice(at + 1));
  const valid = at > 0 && text.slice(at + 1).trim() !== '' && weight > 0 && weight <= HIGHEST;
  return valid ? { name: text.slice(0, at), weight } : null;
}

/** `balanced`, or weights such as `negative=1,neutral=2`; a label that is not named weighs 1. */
export function parseClassWeights(text: string): 'balanced' | Record<Label, number> {
  if (text === 'balanced') return text;
  const weights: Record<Label, number> = { negative: 1, neutral: 1, positive: 1 };
  for (const part of text.split(',')) {
    const { name, weight = 1 } = splitWeight(part) ?? {};
    if (!isLabel(name)) {
      throw new InvalidArgumentError(
        `Expected "balanced" or LABEL=WEIGHT, … with labels ${LABELS.join(', ')} and weights above 0, at most ${HIGHEST}.`,
      );
    }
    weights[name] = weight;
  }
  return weights;
}

/** Collects `FILE=WEIGHT` of an option that is given again and again. */
export function collectDataWeight(text: string, before?: Map<string, number>): Map<string, number> {
  const split = splitWeight(text);
  if (split === null) {
    throw new InvalidArgumentError(`Expected FILE=WEIGHT with a weight above 0, at most ${HIGHEST}.`);
  }
  return new Map(before).set(split.name, split.weight);
}

/** Collects `FILE=N` of an option that is given again and again. */
export function collectPerLabel(text: string, before?: Map<string, number>): Map<string, number> {
  const [, file, count] = /^(.+)=([1-9]\d{0,8})$/.exec(text) ?? [];
  if (file === undefined) throw new InvalidArgumentError('Expected FILE=N with a whole number above 0.');
  return new Map(before).set(file, Number(count));
}
