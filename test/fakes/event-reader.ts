// Reads server-sent events as a program does, without a browser.

export interface ReadEvent {
  id: string;
  event: string;
  data: unknown;
}

export interface EventReader {
  events: ReadEvent[];
  /** Resolves with the first event, past or to come, that fits. */
  next(fits: (event: ReadEvent) => boolean): Promise<ReadEvent>;
  /** Whether the server has ended the stream. */
  ended: Promise<void>;
  close(): void;
}

function parse(block: string): ReadEvent {
  const field = (name: string) =>
    block
      .split('\n')
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
      .join('\n');
  const data = field('data');
  return { id: field('id'), event: field('event'), data: data === '' ? null : (JSON.parse(data) as unknown) };
}

export async function readEvents(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  if (!response.ok || !response.body) throw new Error(`no event stream: ${response.status}`);
  const events: ReadEvent[] = [];
  const waiting = new Set<() => void>();

  async function consume(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) {
        rest += decoder.decode(chunk, { stream: true });
        const blocks = rest.split('\n\n');
        rest = blocks.pop() ?? '';
        events.push(...blocks.filter((block) => block.includes('event:')).map(parse));
        for (const look of waiting) look();
      }
    } catch (error) {
      if (!abort.signal.aborted && !(error instanceof TypeError)) throw error;
    }
  }

  return {
    events,
    ended: consume(response.body),
    next: (fits) =>
      new Promise((resolve) => {
        const look = () => {
          const found = events.find(fits);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    close: () => abort.abort(),
  };
}
