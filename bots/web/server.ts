// The HTTP server: listens, says clearly when it cannot, and stops without leaving connections behind.
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { NunchiError } from '../../src/errors.js';

export interface RunningServer {
  port: number;
  close(): Promise<void>;
}

/** Requests get this long to finish at a stop. */
const CLOSE_DEADLINE_MS = 3_000;
const SWEEP_MS = 20;

function listenError(error: NodeJS.ErrnoException, host: string, port: number): NunchiError {
  if (error.code === 'EADDRINUSE') {
    return new NunchiError('port-in-use', `Port ${port} on ${host} is in use by another program`, {
      hint: 'Stop that program (it may be another Nunchi), or choose another port with PORT, such as PORT=3001.',
      cause: error,
    });
  }
  if (error.code === 'EACCES') {
    return new NunchiError('invalid-config', `This user may not listen on port ${port}`, {
      hint: 'Choose a port above 1023 with PORT.',
      cause: error,
    });
  }
  return new NunchiError('invalid-config', `Cannot listen on HOST=${host}`, {
    hint: 'HOST must be an address of this machine; leave it out for 127.0.0.1.',
    cause: error,
  });
}

/**
 * @param port 0 takes any free port.
 * @throws NunchiError `port-in-use`, or `invalid-config` where the address cannot be used.
 */
export async function listen(app: Hono, host: string, port: number): Promise<RunningServer> {
  const server: ServerType = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if (!('closeIdleConnections' in server)) return closed;
      // A connection whose answer ends after this call would be kept alive, so idle ones are looked for again.
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
      const deadline = setTimeout(() => server.closeAllConnections(), CLOSE_DEADLINE_MS);
      await closed;
      clearInterval(sweep);
      clearTimeout(deadline);
    },
  };
}
