// Temperature scaling (Guo et al. 2017): the one number by which logits are divided so that confidence means how often
// the model is right. It changes no label, only how sure a reading is.
import { NunchiError } from '../errors.js';

/** One text's logits of the labels that compete, and which of these is the true one. */
export interface LogitRow {
  logits: readonly number[];
  /** Index into `logits`. */
  actual: number;
}

/** A temperature outside of this is no calibration any more, but a sign that the data do not tell. */
const LOWEST = 0.05;
const HIGHEST = 20;
/** Of the logarithm: the manifest keeps four decimals. */
const PRECISION = 1e-6;
const DECIMALS = 1e4;

const mean = <T>(items: readonly T[], of: (item: T) => number) =>
  items.reduce((sum, item) => sum + of(item), 0) / items.length;

/** Mean negative log-likelihood of the true labels, in nats. */
export function negativeLogLikelihood(rows: readonly LogitRow[], temperature: number): number {
  return mean(rows, ({ logits, actual }) => {
    const highest = Math.max(...logits);
    const total = logits.reduce((sum, logit) => sum + Math.exp((logit - highest) / temperature), 0);
    return Math.log(total) + (highest - (logits[actual] ?? NaN)) / temperature;
  });
}

/** Derivative of the negative log-likelihood by 1 / temperature: expected logit less the true one. */
function slope(rows: readonly LogitRow[], temperature: number): number {
  return mean(rows, ({ logits, actual }) => {
    const highest = Math.max(...logits);
    let [total, weighted] = [0, 0];
    for (const logit of logits) {
      const power = Math.exp((logit - highest) / temperature);
      total += power;
      weighted += power * logit;
    }
    return weighted / total - (logits[actual] ?? NaN);
  });
}

/**
 * The temperature with the least mean of the sets' negative log-likelihoods, so that a large set does not decide alone.
 * The likelihood is convex in 1 / temperature; where its slope changes sign is found by halving, whatever the data.
 * @param sets none of them empty
 * @returns with four decimals
 * @throws NunchiError `not-enough-data` where the likelihood has no optimum in a sensible range, as where every text is
 *   read rightly
 */
export function fitTemperature(sets: readonly (readonly LogitRow[])[]): number {
  const slopeAt = (logTemperature: number) => mean(sets, (rows) => slope(rows, Math.exp(logTemperature)));
  let low = Math.log(LOWEST);
  let high = Math.log(HIGHEST);
  // Written so that logits that are not numbers are refused too.
  if (!(slopeAt(low) > 0 && slopeAt(high) < 0)) {
    throw new NunchiError(
      'not-enough-data',
      `No temperature from ${LOWEST} to ${HIGHEST} makes these labels likeliest: the model reads them all rightly, or no better than chance`,
      { hint: 'Give more texts, such as those that the model is to read later.' },
    );
  }
  while (high - low > PRECISION) {
    const middle = (low + high) / 2;
    if (slopeAt(middle) > 0) low = middle;
    else high = middle;
  }
  return Math.round(Math.exp((low + high) / 2) * DECIMALS) / DECIMALS;
}
