// The commands' side of the control server.
import { request } from 'node:http';
import { deserializeError, NunchiError, type SerializedError } from '../errors.js';
import { BOT_CALLS, type BotApi } from './bot-api.js';

export interface ControlAddress {
  port: number;
  token: string;
}

type Answer = { value: unknown } | { error: SerializedError };

/** @throws NunchiError (each call) what the bot threw, or `bot-not-running` where nobody answers. */
export function createControlClient(address: ControlAddress): BotApi {
  const calls = Object.keys(BOT_CALLS).map((name) => [
    name,
    async (argument?: string) => {
      const answer = await post(address, name, argument);
      if ('error' in answer) throw deserializeError(answer.error);
      return answer.value;
    },
  ]);
  // Every key of BOT_CALLS is one of BotApi, and the server answers with what BotApi promises.
  return Object.fromEntries(calls) as BotApi;
}

function post({ port, token }: ControlAddress, name: string, argument?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const unreachable = (cause: unknown) =>
      reject(
        new NunchiError('bot-not-running', 'The running bot does not answer', {
          hint: 'If it hangs, end its process and start it again.',
          cause,
        }),
      );
    const body = argument === undefined ? '' : JSON.stringify(argument);
    const headers = { authorization: `Bearer ${token}`, 'content-length': Buffer.byteLength(body) };
    const outgoing = request(
      { host: '127.0.0.1', port, path: `/${name}`, method: 'POST', headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', unreachable);
        response.on('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answer);
          } catch (error) {
            unreachable(error);
          }
        });
      },
    );
    outgoing.on('error', unreachable);
    outgoing.end(body);
  });
}
