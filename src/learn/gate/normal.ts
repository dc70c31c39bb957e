// The standard normal distribution, as far as the gate's intervals and powers need it.

/** P(Z ≤ z). Zelen and Severo's formula 26.2.17 in Abramowitz, Stegun (1964); its error is below 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(z));
  const series =
    t *
    (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z >= 0 ? 1 - tail : tail;
}

/** The z with P(Z ≤ z) = `probability`, found by halving; from -8 to 8. */
export function normalQuantile(probability: number): number {
  let [low, high] = [-8, 8];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
