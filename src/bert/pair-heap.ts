// A binary heap of weighted pairs for the vocabulary trainer: the heaviest first, ties to the smaller key.

export class PairHeap {
  private readonly keys: number[] = [];
  private readonly counts: number[] = [];

  get size(): number {
    return this.keys.length;
  }

  push(key: number, count: number): void {
    let index = this.keys.length;
    this.keys.push(key);
    this.counts.push(count);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.before(index, parent)) break;
      this.swap(index, parent);
      index = parent;
    }
  }

  /** The heaviest pair as `[key, count]`. */
  pop(): [number, number] | undefined {
    const key = this.keys[0];
    const count = this.counts[0];
    if (key === undefined || count === undefined) return undefined;
    const last = this.keys.length - 1;
    this.swap(0, last);
    this.keys.pop();
    this.counts.pop();
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      if (left >= last) break;
      const child = left + 1 < last && this.before(left + 1, left) ? left + 1 : left;
      if (!this.before(child, index)) break;
      this.swap(child, index);
      index = child;
    }
    return [key, count];
  }

  private before(a: number, b: number): boolean {
    const difference = (this.counts[a] as number) - (this.counts[b] as number);
    return difference > 0 || (difference === 0 && (this.keys[a] as number) < (this.keys[b] as number));
  }

  private swap(a: number, b: number): void {
    const [key, count] = [this.keys[a] as number, this.counts[a] as number];
    this.keys[a] = this.keys[b] as number;
    this.counts[a] = this.counts[b] as number;
    this.keys[b] = key;
    this.counts[b] = count;
  }
}
