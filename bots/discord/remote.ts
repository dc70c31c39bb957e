// Calls between two processes, either way, over messages of plain JSON; what was refused stays refused on the other side.
import { DeliveryPostponed, DeliveryRefused } from '../../src/chat/delivery/outbox-runner.js';
import { deserializeError, NunchiError, serializeError, type SerializedError } from '../../src/errors.js';

/** What one side can be asked: kind to a function of one argument. */
type Calls<T> = { [K in keyof T]: (payload: never) => Promise<unknown> };
type Payload<F> = F extends (payload: infer P) => Promise<unknown> ? P : never;
type Result<F> = F extends (payload: never) => Promise<infer R> ? R : never;

type Failure = SerializedError & { retryAfterMs?: number };
type Message = { nunchi: number } & (
  { kind: string; payload: unknown } | { value: unknown } | { failure: Failure }
);

export interface Remote<Theirs extends Calls<Theirs>> {
  /** @throws what the other side threw, or NunchiError `process-ended` */
  call<K extends keyof Theirs & string>(kind: K, payload: Payload<Theirs[K]>): Promise<Result<Theirs[K]>>;
  /** Whatever comes from the other side; messages that are not of this kind are left alone. */
  receive(message: unknown): void;
  /** Nothing more will come. */
  end(): void;
}

export function createRemote<Theirs extends Calls<Theirs>, Ours extends Calls<Ours>>(
  ours: Ours,
  send: (message: object) => void,
): Remote<Theirs> {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let last = 0;

  async function answer(id: number, kind: string, payload: unknown): Promise<void> {
    try {
      const handler = ours[kind as keyof Ours] as unknown as (payload: unknown) => Promise<unknown>;
      send({ nunchi: id, value: (await handler(payload)) ?? null });
    } catch (error) {
      send({ nunchi: id, failure: failureOf(error) });
    }
  }

  return {
    call: (kind, payload) =>
      new Promise((resolve, reject) => {
        const id = (last += 1);
        waiting.set(id, { resolve, reject });
        send({ nunchi: id, kind, payload });
      }),
    receive(message) {
      if (typeof message !== 'object' || message === null || !('nunchi' in message)) return;
      const given = message as Message;
      if ('kind' in given) return void answer(given.nunchi, given.kind, given.payload);
      const caller = waiting.get(given.nunchi);
      waiting.delete(given.nunchi);
      if ('value' in given) caller?.resolve(given.value as never);
      else caller?.reject(errorOf(given.failure));
    },
    end() {
      for (const { reject } of waiting.values())
        reject(new NunchiError('process-ended', 'The process of a Discord shard ended'));
      waiting.clear();
    },
  };
}

function failureOf(error: unknown): Failure {
  const retry = error instanceof DeliveryPostponed ? { retryAfterMs: error.retryAfterMs } : {};
  return { ...serializeError(error), ...retry };
}

function errorOf(failure: Failure): Error {
  if (failure.retryAfterMs !== undefined) return new DeliveryPostponed(failure.retryAfterMs);
  const error = deserializeError(failure);
  if (failure.code !== 'delivery-refused') return error;
  return new DeliveryRefused(error.message, error.hint === undefined ? {} : { hint: error.hint });
}
