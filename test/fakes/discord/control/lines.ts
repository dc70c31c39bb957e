// A test's hand on the gateway: lines that break, sessions that end, heartbeats nobody answers.
import {
  type GatewayCloseCodes,
  type GatewayDispatchEvents,
  GatewayOpcodes as Op,
} from 'discord-api-types/v10';
import type { Context } from '../context.js';
import type { DispatchData } from '../events.js';
import type { Gateway, GatewayCounters, GatewaySettings } from '../gateway.js';
import type { Sessions } from '../sessions.js';

export interface Lines {
  readonly counters: GatewayCounters;
  /** May be changed at any time: `acknowledges = false` makes zombies, `accepts = false` is an outage. */
  readonly settings: GatewaySettings;
  /** Sessions that hold a line now. */
  readonly connected: number;
  /**
   * Closes the lines, of one shard or all.
   * @param code Without one the line breaks with no closing frame. Codes that end a session (4004, 4007, 4009 to 4014)
   * do so; after others it can be resumed.
   */
  disconnect(code?: GatewayCloseCodes | number, shard?: number): void;
  /** Asks to connect again and resume. */
  askToReconnect(): void;
  /** Calls the sessions invalid; what cannot be resumed is forgotten. */
  invalidate(resumable: boolean): void;
  /** Forgets every session, so that the next RESUME is refused; lines stay. */
  forgetSessions(): void;
  /** Asks for a heartbeat at once. */
  askForHeartbeat(): void;
  /** Sends any event, such as one that came before, past all rules. */
  send<T extends GatewayDispatchEvents>(t: T, d: DispatchData<T>): void;
}

export function createLines(context: Context, gateway: Gateway, sessions: Sessions): Lines {
  const { settings } = context;
  const toAll = (op: Op, d: unknown) => {
    for (const { connection, session } of gateway.connections())
      if (session) connection.send({ op, d, s: null, t: null });
  };
  return {
    counters: gateway.counters,
    settings,
    get connected() {
      return gateway.connections().filter(({ session }) => session !== null).length;
    },
    disconnect(code, shard) {
      gateway.closeAll(code ?? null, shard);
      context.changed();
    },
    askToReconnect: () => toAll(Op.Reconnect, null),
    invalidate(resumable) {
      toAll(Op.InvalidSession, resumable);
      for (const client of gateway.connections()) {
        if (!client.session) continue;
        client.session.connection = null;
        if (!resumable) sessions.drop(client.session);
        client.session = null;
      }
      context.changed();
    },
    forgetSessions() {
      for (const session of sessions.all()) sessions.drop(session);
    },
    askForHeartbeat: () => toAll(Op.Heartbeat, null),
    send(t, d) {
      for (const session of sessions.all()) sessions.send(session, t, d);
    },
  };
}
