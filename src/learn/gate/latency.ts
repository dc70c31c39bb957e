// How long both models take for one message, measured side by side: one text each in turn, so that what else the machine
// does burdens both alike.
import { readTexts, type Reader } from '../paired-evaluation.js';

export interface Latencies {
  /** Medians in milliseconds, the way to the serving process and back included. */
  championMs: number;
  candidateMs: number;
  /** Messages that each of them read. */
  n: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** @param now in milliseconds */
export async function measureLatencies(
  champion: Reader,
  candidate: Reader,
  texts: readonly string[],
  { signal, now = () => performance.now() }: { signal?: AbortSignal; now?: () => number } = {},
): Promise<Latencies> {
  const took: Record<'champion' | 'candidate', number[]> = { champion: [], candidate: [] };
  const time = async (who: keyof typeof took, reader: Reader, text: string) => {
    const start = now();
    await readTexts(reader, [text], signal === undefined ? {} : { signal });
    took[who].push(now() - start);
  };
  for (const text of texts) {
    // A text that was read before would come out of the serving process's cache.
    const unread = `${text} ${candidate.model.version}`;
    await time('champion', champion, unread);
    await time('candidate', candidate, unread);
  }
  return { championMs: median(took.champion), candidateMs: median(took.candidate), n: texts.length };
}
