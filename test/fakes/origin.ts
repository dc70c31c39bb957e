// An origin of data sets on loopback: files by their path, and every way in which a server can fail one.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is answered for a path: the content, or anything else that a server might do. */
export type Answer = Uint8Array | ((request: IncomingMessage, response: ServerResponse) => void);

export interface FakeOrigin {
  url: string;
  /** Decoded path without the slash before it, to answer. Others are not found. */
  answers: Map<string, Answer>;
  /** Paths asked for, in order. */
  requests: string[];
  close(): Promise<void>;
}

export const redirect =
  (location: string): Answer =>
  (_, response) => {
    response.writeHead(302, { Location: location });
    response.end();
  };

/** Sends the first half and breaks the connection. */
export const breakOff =
  (content: Uint8Array): Answer =>
  (_, response) => {
    response.writeHead(200, { 'Content-Length': content.length });
    response.write(content.subarray(0, content.length / 2), () => response.destroy());
  };

export async function startFakeOrigin(): Promise<FakeOrigin> {
  const answers = new Map<string, Answer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').slice(1));
    requests.push(path);
    const answer = answers.get(path);
    if (answer === undefined) {
      response.writeHead(404);
      response.end('404: Not Found');
    } else if (typeof answer === 'function') answer(request, response);
    else {
      response.writeHead(200, { 'Content-Length': answer.length });
      response.end(answer);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
