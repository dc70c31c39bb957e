// Side-by-side measurement: ours and a peer in turn in one run, so that both see the same noise of the machine.

export interface Summary {
  name: string;
  median: number;
  /** First and third quartile. */
  spread: [number, number];
  values: number[];
}

/** One line of a benchmark's result. */
export interface Row {
  row: string;
  unit: string;
  better: 'lower' | 'higher';
  ours: Summary;
  peer: Summary;
  /** How many times better ours is than the peer; over 1 is better. */
  ratio: number;
  /** The ratio that is asked for, where there is one. */
  goal?: number;
  /** What was left out or is to be known of this row. */
  note?: string;
}

export interface Bench {
  about: string;
  /** @param options what follows the benchmark's name on the command line */
  run(options: readonly string[]): Promise<Row[]>;
}

export interface Side {
  name: string;
  /** One measurement in the row's unit. */
  measure: () => Promise<number>;
}

export interface Comparison {
  row: string;
  unit: string;
  better: 'lower' | 'higher';
  ours: Side;
  peer: Side;
  /** @default 7 */
  pairs?: number;
  goal?: number;
  note?: string;
}

/** Linear interpolation between the two nearest ranks. @param q 0 to 1 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

export function summarize(name: string, values: readonly number[]): Summary {
  return {
    name,
    median: quantile(values, 0.5),
    spread: [quantile(values, 0.25), quantile(values, 0.75)],
    values: [...values],
  };
}

/** A row from values measured elsewhere. */
export function toRow(comparison: Omit<Comparison, 'ours' | 'peer'>, ours: Summary, peer: Summary): Row {
  const { row, unit, better, goal, note } = comparison;
  const ratio = better === 'lower' ? peer.median / ours.median : ours.median / peer.median;
  return {
    row,
    unit,
    better,
    ours,
    peer,
    ratio,
    ...(goal === undefined ? {} : { goal }),
    ...(note === undefined ? {} : { note }),
  };
}

/** Measures both sides in turn; the side that goes first changes from pair to pair. A first pair is not counted. */
export async function compare(comparison: Comparison): Promise<Row> {
  const { ours, peer, pairs = 7 } = comparison;
  const values = { ours: [] as number[], peer: [] as number[] };
  for (let pair = -1; pair < pairs; pair += 1) {
    const order = pair % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const);
    for (const side of order) {
      const value = await (side === 'ours' ? ours : peer).measure();
      if (pair >= 0) values[side].push(value);
    }
  }
  return toRow(comparison, summarize(ours.name, values.ours), summarize(peer.name, values.peer));
}
