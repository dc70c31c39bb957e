// Gateway sessions: what each was sent, kept for a resume, and who gets which event.
import {
  GatewayDispatchEvents as Event,
  GatewayOpcodes,
  type GatewayDispatchPayload,
} from 'discord-api-types/v10';
import { randomBytes } from 'node:crypto';
import { shardOf } from './clock.js';
import type { Connection } from './connection.js';
import { type Dispatch, type DispatchData, intended, type Scope } from './events.js';
import { may } from './permissions.js';
import type { World } from './world.js';

/** Events of a session that can be played again; more than that is lost, as on Discord after a long absence. */
const REPLAY_LIMIT = 5_000;

export interface Session {
  id: string;
  shard: readonly [id: number, count: number];
  intents: number;
  /** Sequence number of the last event. */
  seq: number;
  /** Ascending; the sequence number is each one's `s`. */
  sent: GatewayDispatchPayload[];
  /** Sequence number of the last event that is no longer kept. */
  lostTo: number;
  connection: Connection | null;
}

export interface Sessions {
  start(connection: Connection, shard: readonly [number, number], intents: number): Session;
  find(id: string): Session | undefined;
  drop(session: Session): void;
  all(): Session[];
  /** To one session, numbered and kept for a resume. */
  send<T extends Event>(session: Session, t: T, d: DispatchData<T>): void;
  /** To every session that should have it, also to those away at the moment. */
  dispatch: Dispatch;
  /** What came after this sequence number; null when it is no longer kept. */
  missed(session: Session, seq: number): GatewayDispatchPayload[] | null;
}

export function createSessions(world: World, changed: () => void): Sessions {
  const sessions = new Map<string, Session>();

  const hears = (session: Session, scope: Scope) => {
    const shard = scope.guildId === null ? 0 : shardOf(scope.guildId, session.shard[1]);
    if (shard !== session.shard[0]) return false;
    return scope.channelId === undefined || may(world, scope.channelId, world.bot.id, 'ViewChannel');
  };

  function send<T extends Event>(session: Session, t: T, d: DispatchData<T>): void {
    const payload = {
      op: GatewayOpcodes.Dispatch,
      s: ++session.seq,
      t,
      d,
    } as unknown as GatewayDispatchPayload;
    // RESUMED is numbered but never played again.
    if (t !== Event.Resumed) session.sent.push(payload);
    if (session.sent.length > REPLAY_LIMIT) session.lostTo = session.sent.shift()?.s ?? session.lostTo;
    session.connection?.send(payload);
  }

  return {
    start(connection, shard, intents) {
      for (const old of sessions.values())
        if (!old.connection && String(old.shard) === String(shard)) sessions.delete(old.id);
      const id = randomBytes(16).toString('hex');
      const session: Session = { id, shard, intents, seq: 0, sent: [], lostTo: 0, connection };
      sessions.set(id, session);
      return session;
    },
    find: (id) => sessions.get(id),
    drop: (session) => {
      sessions.delete(session.id);
    },
    all: () => [...sessions.values()],
    send,
    dispatch(t, scope, d) {
      for (const session of sessions.values())
        if (hears(session, scope) && intended(t, scope, session.intents))
          send(session, t, d(session.intents));
      changed();
    },
    missed: (session, seq) =>
      seq < session.lostTo ? null : session.sent.filter((payload) => payload.s > seq),
  };
}
