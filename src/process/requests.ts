// Typed requests and answers over a child's channel: ids, errors as data, and every request settled when the child ends.
import { deserializeError, NunchiError, serializeError, type SerializedError } from '../errors.js';
import { describeExit, type ChildHandle } from './fork-child.js';

/** Kind of request to what it takes and gives; all of it structured-cloneable. */
export type Protocol = Record<string, { request: unknown; response: unknown }>;

export interface RequestMessage {
  requestId: number;
  kind: string;
  payload: unknown;
}
export type ResponseMessage = { requestId: number } & (
  { ok: true; value: unknown } | { ok: false; error: SerializedError }
);

export interface Requester<P extends Protocol> {
  /** @throws NunchiError what the child threw, or `process-ended` where it ended before it answered. */
  request<K extends keyof P & string>(kind: K, payload: P[K]['request']): Promise<P[K]['response']>;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: NunchiError): void;
}

/** Sent by `serveRequests`: what was sent to a child before it listens would be lost. */
interface ReadyMessage {
  ready: true;
}

function isReady(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && 'ready' in message;
}

function isResponse(message: unknown): message is ResponseMessage {
  return typeof message === 'object' && message !== null && 'requestId' in message && 'ok' in message;
}

function isRequest(message: unknown): message is RequestMessage {
  return typeof message === 'object' && message !== null && 'requestId' in message && 'kind' in message;
}

/** The parent's side. Messages of other shapes on the same channel are left to their own listeners. */
export function createRequester<P extends Protocol>(child: ChildHandle): Requester<P> {
  const pending = new Map<number, Pending>();
  let ended: NunchiError | undefined;
  let lastId = 0;
  /** Requests made before the child listens; undefined once it does. */
  let held: RequestMessage[] | undefined = [];

  // A send fails only on a closed channel; `exited` follows and rejects with how the process ended.
  const send = (message: RequestMessage) => child.process.send(message, () => undefined);

  const onMessage = (message: unknown) => {
    if (isReady(message)) {
      for (const waiting of held ?? []) send(waiting);
      held = undefined;
    }
    if (!isResponse(message)) return;
    const waiting = pending.get(message.requestId);
    pending.delete(message.requestId);
    if (message.ok) waiting?.resolve(message.value);
    else waiting?.reject(deserializeError(message.error));
  };
  child.process.on('message', onMessage);
  void child.exited.then((exit) => {
    child.process.off('message', onMessage);
    ended = new NunchiError('process-ended', `The child process ended (${describeExit(exit)})`);
    for (const waiting of pending.values()) waiting.reject(ended);
    pending.clear();
  });

  return {
    request(kind, payload) {
      if (ended) return Promise.reject(ended);
      return new Promise((resolve, reject) => {
        const requestId = (lastId += 1);
        pending.set(requestId, { resolve, reject });
        const message: RequestMessage = { requestId, kind, payload };
        if (held) held.push(message);
        else send(message);
      });
    },
  };
}

/** The child's side: answers each request with what its handler gives or throws. */
export function serveRequests<P extends Protocol>(handlers: {
  [K in keyof P & string]: (payload: P[K]['request']) => Promise<P[K]['response']>;
}): void {
  const answer = async ({ requestId, kind, payload }: RequestMessage): Promise<ResponseMessage> => {
    try {
      const handler = handlers[kind as keyof P & string];
      return { requestId, ok: true, value: await handler(payload) };
    } catch (error) {
      return { requestId, ok: false, error: serializeError(error) };
    }
  };
  process.on('message', (message: unknown) => {
    if (!isRequest(message)) return;
    void answer(message).then((response) => {
      // On a closed channel nobody waits for the answer any more, and 'disconnect' ends this process.
      process.send?.(response, undefined, undefined, () => undefined);
    });
  });
  process.send?.({ ready: true } satisfies ReadyMessage);
}
