// One WebSocket of a client: payloads out in order, plain or in a zlib stream, and a close that comes after them.
import type { GatewayCloseCodes } from 'discord-api-types/v10';
import { constants, createDeflate, type Deflate } from 'node:zlib';
import type { WebSocket } from 'ws';

export interface Connection {
  readonly open: boolean;
  send(payload: unknown): void;
  /** @param code null cuts the line without a closing frame, which the client sees as 1006. */
  close(code: GatewayCloseCodes | number | null): void;
}

/** All of one stream: a client decompresses the parts one after another. */
function compressor(deliver: (part: Buffer) => void): (text: string, sent: () => void) => void {
  const stream: Deflate = createDeflate({ flush: constants.Z_SYNC_FLUSH });
  let parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  return (text, sent) => {
    stream.write(text, () => {
      deliver(Buffer.concat(parts));
      parts = [];
      sent();
    });
  };
}

export function createConnection(socket: WebSocket, compressed: boolean): Connection {
  let queue = Promise.resolve();
  let open = true;
  const compress = compressed ? compressor((part) => socket.send(part)) : null;
  socket.on('close', () => {
    open = false;
  });
  return {
    get open() {
      return open;
    },
    send(payload) {
      if (!open) return;
      const text = JSON.stringify(payload);
      if (compress) queue = queue.then(() => new Promise((resolve) => compress(text, resolve)));
      else socket.send(text);
    },
    close(code) {
      open = false;
      const close = () => (code === null ? socket.terminate() : socket.close(code));
      if (compress) queue = queue.then(close);
      else close();
    },
  };
}
