// Which rows of token ids run together: rows of like length, so that little or nothing of a batch is padding.

export interface BatchLimits {
  /** Tokens in one run of the model, padding included: bounds memory and keeps a run short. */
  tokens: number;
  /** @default no limit */
  rows?: number;
  /** Rows of one length only. */
  equalLength: boolean;
}

/** @returns indices into `lengths`, each once; a row longer than the limit is a batch of its own. */
export function toBatches(lengths: readonly number[], limits: BatchLimits): number[][] {
  const { tokens, rows = Infinity, equalLength } = limits;
  const order = lengths.map((_, index) => index).sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0));
  const batches: number[][] = [];
  let batch: number[] = [];
  for (const index of order) {
    const length = lengths[index] ?? 0;
    const first = lengths[batch[0] ?? index] ?? 0;
    const fits = (batch.length + 1) * length <= tokens && batch.length < rows;
    if (batch.length > 0 && (!fits || (equalLength && first !== length))) {
      batches.push(batch);
      batch = [];
    }
    batch.push(index);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
