// Events as Discord sends them, with what tells each from every other one: its session and its number in it. A resume
// repeats both, a new session repeats neither.
import { type Client, Events, GatewayDispatchEvents, type GatewayDispatchPayload } from 'discord.js';

export interface Packet {
  payload: GatewayDispatchPayload;
  /** The same however often the event is delivered. */
  id: string;
}

export interface PacketListener {
  onPacket: (packet: Packet) => void;
  /** A session that is not the first: what happened since the last one is not delivered any more. */
  onNewSession: () => void;
}

/** discord.js emits these without declaring them. */
interface RawEvents {
  on(event: typeof Events.Raw, listener: (payload: GatewayDispatchPayload, shardId: number) => void): unknown;
}

export function listenToPackets(client: Client, { onPacket, onNewSession }: PacketListener): void {
  const sessions = new Map<number, string>();
  (client as unknown as RawEvents).on(Events.Raw, (payload, shardId) => {
    if (payload.t === GatewayDispatchEvents.Ready) {
      const known = sessions.has(shardId);
      sessions.set(shardId, payload.d.session_id);
      if (known) onNewSession();
      return;
    }
    onPacket({ payload, id: `${sessions.get(shardId) ?? ''}:${payload.s}` });
  });
}
