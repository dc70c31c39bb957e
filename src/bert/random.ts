// A small seeded generator: the same seed gives the same numbers on every machine. Not for secrets.

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Standard normal. */
  normal(): number;
  /** Shuffles in place (Fisher–Yates) and returns the same array. */
  shuffle<T>(array: T[]): T[];
}

/** One step of splitmix32, which spreads close seeds far apart. */
function mix(state: number): number {
  let z = (state + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) | 0;
}

/**
 * Chris Doty-Humphrey's sfc32 (PractRand).
 * @param seed any integer
 * @param streams further integers, such as an epoch: each combination gives its own independent sequence.
 */
export function createRandom(seed: number, ...streams: number[]): Random {
  const state = [1, 2, 3].map((word) =>
    [seed, Math.floor(seed / 2 ** 32), ...streams].reduce(
      (mixed, part) => mix(mixed ^ (part | 0)),
      mix(word),
    ),
  );
  let [a, b, c] = state as [number, number, number];
  let counter = 1;
  let spare: number | undefined;

  const next = () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 12; round += 1) next();

  return {
    next,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      // Box–Muller; 1 - next() keeps the logarithm finite.
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      const angle = 2 * Math.PI * next();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    shuffle(array) {
      for (let i = array.length - 1; i > 0; i -= 1) {
        const j = Math.floor(next() * (i + 1));
        const held = array[i] as (typeof array)[number];
        array[i] = array[j] as (typeof array)[number];
        array[j] = held;
      }
      return array;
    },
  };
}
