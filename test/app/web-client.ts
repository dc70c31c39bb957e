// The page's requests without a page.
import type { WireCorrectionResult, WireMessage, WireState } from '../../bots/web/page/wire.js';

export interface WebClient {
  send(id: string, text: string): Promise<WireMessage>;
  messages(): Promise<WireMessage[]>;
  correct(messageId: string, emoji: string): Promise<WireCorrectionResult>;
  state(): Promise<WireState>;
  post(path: string, body?: unknown): Promise<Response>;
}

export function createWebClient(address: string): WebClient {
  const post = (path: string, body: unknown = {}) =>
    fetch(`${address}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const json = async <T>(response: Response): Promise<T> => {
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    post,
    send: async (id, text) =>
      (await json<{ message: WireMessage }>(await post('/api/messages', { id, text, language: 'en' })))
        .message,
    messages: async () =>
      (await json<{ messages: WireMessage[] }>(await fetch(`${address}/api/messages`))).messages,
    correct: async (messageId, emoji) =>
      json(await post(`/api/messages/${messageId}/feedback`, { emoji, action: 'added' })),
    state: async () => json(await fetch(`${address}/api/state`)),
  };
}
