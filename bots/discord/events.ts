// From packets of the gateway to Nunchi's events, each handed over once in the order in which they belong together.
import {
  type APIInteraction,
  type APIMessage,
  type Client,
  GatewayDispatchEvents as Event,
  type GatewayMessageReactionAddDispatchData,
  type GatewayMessageReactionRemoveDispatchData,
} from 'discord.js';
import type { AdapterHub } from '../../src/chat/adapter.js';
import type { Person } from '../../src/chat/settings.js';
import type { Lanes } from './lanes.js';
import type { Members } from './members.js';
import type { Packet } from './packets.js';
import { isThread, languageOfLocale, ownRoleId, personIn, placeOf } from './places.js';
import { editOf, incomingMessage, type MessageContext } from './translate/message.js';
import { clearedEvent, deletionEvent, type KeyedEvent, reactionEvent } from './translate/reaction.js';

export interface Surroundings {
  /** Of a message in a channel. */
  contextOf(guildId: string | null | undefined, channelId: string, type?: number): MessageContext;
  /** null for bots. */
  personOf(guildId: string | null | undefined, channelId: string, userId: string): Promise<Person | null>;
}

export interface SurroundingsConfig {
  client: Client<true>;
  members: Members;
  trainable: boolean;
  messageContent: boolean;
}

export function createSurroundings(config: SurroundingsConfig): Surroundings {
  const { client, members, trainable, messageContent } = config;
  return {
    contextOf(guildId, channelId, type) {
      const known = client.channels.cache.get(channelId);
      return {
        place: placeOf(guildId, channelId),
        direct: guildId == null,
        thread: isThread(known?.type ?? type),
        parentId: known?.isThread() === true ? known.parentId : null,
        language: languageOfLocale(client.guilds.cache.get(guildId ?? '')?.preferredLocale),
        self: { userId: client.user.id, roleId: ownRoleId(client, guildId) },
        trainable,
        messageContent,
      };
    },
    async personOf(guildId, channelId, userId) {
      if (guildId == null) return { id: userId, roleIds: [], moderates: false };
      const member = await members.of(guildId, userId);
      return member?.bot === true
        ? null
        : personIn(client, guildId, channelId, userId, member?.roleIds ?? null);
    },
  };
}

export interface EventSourceConfig {
  /** Nunchi's own id. */
  userId: () => string;
  hub: Pick<AdapterHub, 'accept'>;
  surroundings: () => Surroundings;
  members: Members;
  lanes: Lanes;
  /** Resolves when what came before in the channel is known. */
  caughtUp: (channelId: string) => Promise<void>;
  /** Awaited before the message is handed over: who was answered once is known from then on. */
  onDirectChannel: (channelId: string) => Promise<void>;
  onInteraction: (interaction: APIInteraction) => void;
}

export function createEventSource(config: EventSourceConfig): (packet: Packet) => void {
  const { userId, hub, surroundings, members, lanes, caughtUp, onDirectChannel, onInteraction } = config;

  /** Events of one message one after the other, however long it takes to find out who caused them. */
  function take(
    channelId: string,
    messageId: string,
    find: () => KeyedEvent | null | Promise<KeyedEvent | null>,
  ) {
    lanes.add(messageId, async () => {
      await caughtUp(channelId);
      const found = await find();
      if (found !== null) await hub.accept(found.key, found.event);
    });
  }

  function onReaction(
    data: GatewayMessageReactionAddDispatchData | GatewayMessageReactionRemoveDispatchData,
    action: 'added' | 'removed',
    id: string,
  ): void {
    const { guild_id: guildId, channel_id: channelId, user_id } = data;
    if ('member' in data && data.member && guildId !== undefined) members.note(guildId, user_id, data.member);
    take(channelId, data.message_id, async () => {
      if (user_id === userId()) return null;
      const person = await surroundings().personOf(guildId, channelId, user_id);
      return person && reactionEvent(data, action, person, id);
    });
  }

  return ({ payload, id }) => {
    if (payload.t === Event.MessageCreate) {
      const { guild_id: guildId, channel_id: channelId, channel_type } = payload.d;
      const message: APIMessage = payload.d;
      take(channelId, message.id, async () => {
        const context = surroundings().contextOf(guildId, channelId, channel_type);
        const incoming = incomingMessage(message, context);
        if (incoming === null) return null;
        if (context.direct) await onDirectChannel(channelId);
        return { key: `message:${message.id}`, event: { type: 'message', message: incoming } };
      });
    } else if (payload.t === Event.MessageUpdate) {
      const { guild_id: guildId, channel_id: channelId, channel_type } = payload.d;
      take(channelId, payload.d.id, () =>
        editOf(payload.d, surroundings().contextOf(guildId, channelId, channel_type), id),
      );
    } else if (payload.t === Event.MessageDelete || payload.t === Event.MessageDeleteBulk) {
      const { guild_id: guildId, channel_id: channelId } = payload.d;
      for (const one of 'ids' in payload.d ? payload.d.ids : [payload.d.id])
        take(channelId, one, () => deletionEvent(guildId, channelId, one));
    } else if (payload.t === Event.MessageReactionAdd) {
      onReaction(payload.d, 'added', id);
    } else if (payload.t === Event.MessageReactionRemove) {
      onReaction(payload.d, 'removed', id);
    } else if (
      payload.t === Event.MessageReactionRemoveAll ||
      payload.t === Event.MessageReactionRemoveEmoji
    ) {
      const { d } = payload;
      take(d.channel_id, d.message_id, () => clearedEvent(d, id));
    } else if (payload.t === Event.InteractionCreate) {
      onInteraction(payload.d);
    }
  };
}
