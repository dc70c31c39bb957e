// Free axes in a trace. TensorFlow.js shapes are plain numbers, so a trace runs with marker sizes: primes that
// divide no other dimension of the model; a dimension they divide is an expression over the free axes.

export interface FreeAxis {
  name: string;
  /** Prime marker size used while tracing. */
  marker: number;
  /** The graph input, and its dimension, from which the size is taken at run time. */
  input: string;
  dimension: number;
}

/** A product: `coefficient` times the axes named (each at most a few times). */
export interface DimensionExpression {
  coefficient: number;
  axes: string[];
}

/** The expression of `size`, or null where no marker divides it. */
export function expressionOf(size: number, axes: readonly FreeAxis[]): DimensionExpression | null {
  let coefficient = size;
  const found: string[] = [];
  if (size === 0) return null;
  for (const axis of axes) {
    while (coefficient % axis.marker === 0) {
      coefficient /= axis.marker;
      found.push(axis.name);
    }
  }
  return found.length === 0 ? null : { coefficient, axes: found };
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) return false;
  return n > 1;
}

/**
 * The largest primes not above `limits[i]` that divide none of the fixed dimensions, all different.
 * @throws RangeError where there is none (a length limit of 1, say)
 */
export function chooseMarkers(limits: readonly number[], fixedDimensions: readonly number[]): number[] {
  const chosen: number[] = [];
  for (const limit of limits) {
    let marker = limit;
    while (
      marker > 1 &&
      (!isPrime(marker) || chosen.includes(marker) || fixedDimensions.some((d) => d % marker === 0))
    ) {
      marker -= 1;
    }
    if (marker < 2) throw new RangeError(`no marker prime up to ${limit}`);
    chosen.push(marker);
  }
  return chosen;
}
