// Live updates from the server: reconnects by itself, and tells when everything must be loaded again.
import type { WireEvents } from './wire.js';

export type EventHandlers = { [E in keyof WireEvents]: (data: WireEvents[E]) => void };

const RETRY_MS = 2_000;

/** @param onReset called at every fresh connection and whenever events were missed. */
export function connect(
  handlers: EventHandlers,
  onReset: () => void,
  onState: (state: 'live' | 'lost') => void,
): void {
  const source = new EventSource('/api/events');
  let begun = false;
  source.addEventListener('hello', () => {
    if (!begun) onReset();
    begun = true;
    onState('live');
  });
  for (const name of Object.keys(handlers) as (keyof WireEvents)[]) {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      (handlers[name] as (data: unknown) => void)(JSON.parse(event.data));
    });
  }
  source.addEventListener('error', () => {
    onState('lost');
    // The browser tries again by itself, except after an answer that is no stream (a proxy's error page).
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => connect(handlers, onReset, onState), RETRY_MS);
  });
}
