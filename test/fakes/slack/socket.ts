// Socket Mode: WebSocket connections by ticket, envelopes and their acknowledgements, disconnects, silence.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Core } from './core.js';
import type { Attempt, Deliveries, Transport } from './deliveries.js';

const MAX_CONNECTIONS = 10;
const TICKET_MS = 30_000;
/** Between a warning and the end of the connection. */
const WARNING_MS = 10_000;
/** In real time, since clients watch it with theirs. */
const PING_MS = 10_000;

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled';

export interface Connection {
  /** Counted from 1 over the fake's whole life. */
  number: number;
  /** Sends and answers nothing any more, though it looks open. */
  silent: boolean;
  /** Envelopes sent on it and not acknowledged. */
  waiting: ReadonlyMap<string, Attempt>;
}

interface Link extends Connection {
  socket: WebSocket;
  waiting: Map<string, Attempt>;
}

/** A button's and a command's acknowledgement may carry an answer, as a dialog's may. */
function acceptsResponse({ kind, payload }: Attempt['delivery']): boolean {
  if (kind === 'slash_commands') return true;
  const type = 'type' in payload ? payload.type : undefined;
  return kind === 'interactive' && (type === 'view_submission' || type === 'block_actions');
}

export function createSocketMode(core: Core, deliveries: () => Deliveries) {
  const server = new WebSocketServer({ noServer: true, autoPong: false });
  const tickets = new Map<string, number>();
  const links = new Map<number, Link>();
  const { counters } = core.sent;
  let count = 0;
  let turn = 0;
  const host = 'applink-fake';

  const tell = (link: Link, message: object) => {
    if (!link.silent) link.socket.send(JSON.stringify(message));
  };
  const bye = (reason: string) => ({ type: 'disconnect', reason, debug_info: { host } });

  const pings = setInterval(() => {
    for (const { socket, silent } of links.values()) if (!silent) socket.ping(`Ping from ${host}`);
  }, PING_MS).unref();

  function welcome(socket: WebSocket): void {
    if (links.size >= MAX_CONNECTIONS) {
      socket.send(JSON.stringify(bye('too_many_websockets')));
      return socket.close();
    }
    const link: Link = { number: ++count, socket, silent: false, waiting: new Map() };
    links.set(link.number, link);
    counters.connectionsOpened++;
    socket.on('ping', (data) => !link.silent && socket.pong(data));
    socket.on('message', (data) => acknowledged(link, (data as Buffer).toString('utf8')));
    // What breaks a connection also closes it, and that is what matters.
    socket.on('error', () => socket.terminate());
    socket.on('close', () => ended(link));
    tell(link, {
      type: 'hello',
      num_connections: links.size,
      debug_info: {
        host,
        build_number: 1,
        approximate_connection_time: 18_060,
        started: new Date(core.clock.now()).toISOString().replace('T', ' ').replace('Z', ''),
      },
      connection_info: { app_id: core.appId },
    });
    socket.ping(`Ping from ${host}`);
    core.changes.notify();
    if (core.settings.redelivery === 'at-once') deliveries().redeliverPending();
  }

  function ended(link: Link): void {
    links.delete(link.number);
    counters.connectionsClosed++;
    const open = [...link.waiting.values()];
    link.waiting.clear();
    for (const attempt of open) deliveries().settle(attempt, 'closed');
    core.changes.notify();
  }

  function acknowledged(link: Link, text: string): void {
    if (link.silent) return;
    const { envelope_id: id = '', payload } = JSON.parse(text) as { envelope_id?: string; payload?: unknown };
    const attempt = link.waiting.get(id);
    if (!attempt) {
      counters.strayAcknowledgements++;
      return core.changes.notify();
    }
    link.waiting.delete(id);
    const empty = typeof payload === 'object' && payload !== null && Object.keys(payload).length === 0;
    deliveries().settle(attempt, 'acknowledged', empty ? undefined : payload);
  }

  const transport: Transport = {
    send(attempt, chosen) {
      const open = [...links.values()];
      // Each payload goes to any one of the connections, the silent ones too: Slack does not know better either.
      const link = chosen === undefined ? open[turn++ % open.length] : links.get(chosen);
      if (!link) return deliveries().settle(attempt, 'no_connection');
      const { delivery, number, reason } = attempt;
      const id = randomUUID();
      link.waiting.set(id, attempt);
      tell(link, {
        envelope_id: id,
        type: delivery.kind,
        accepts_response_payload: acceptsResponse(delivery),
        payload: delivery.payload,
        ...(delivery.kind === 'events_api' && { retry_attempt: number, retry_reason: reason }),
      });
    },
  };

  const chosen = (number?: number) =>
    number === undefined ? [...links.values()] : [links.get(number)].filter((link) => link !== undefined);

  return {
    transport,
    connections: (): readonly Connection[] => [...links.values()],
    /** The address for one connection, as apps.connections.open gives it out. */
    newAddress(): string {
      const ticket = randomUUID();
      tickets.set(ticket, core.clock.now());
      return `${core.url.replace('http', 'ws')}/link/?ticket=${ticket}&app_id=${core.appId}`;
    },
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      const { pathname, searchParams } = new URL(request.url ?? '/', core.url);
      const ticket = searchParams.get('ticket') ?? '';
      const since = tickets.get(ticket);
      tickets.delete(ticket);
      if (pathname !== '/link/' || since === undefined || core.clock.now() - since > TICKET_MS) {
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, welcome);
    },
    /** Asks to go and closes: at once, or 10 seconds (of the fake's clock) after a warning. One connection or all. */
    disconnect: (reason: DisconnectReason, number?: number): void => {
      for (const link of chosen(number)) {
        tell(link, bye(reason));
        if (reason === 'warning') core.clock.after(WARNING_MS, () => link.socket.close(1000));
        else link.socket.close(1000);
      }
    },
    /** Breaks connections without a word, as a lost network does. */
    drop: (number?: number): void => {
      for (const { socket } of chosen(number)) socket.terminate();
    },
    /** From now on the connection says nothing and hears nothing, but stays open. */
    silence: (number?: number): void => {
      for (const link of chosen(number)) {
        link.silent = true;
        link.socket.pause();
      }
      core.changes.notify();
    },
    close(): void {
      clearInterval(pings);
      for (const { socket } of links.values()) socket.terminate();
      server.close();
    },
  };
}

export type SocketMode = ReturnType<typeof createSocketMode>;
