// Writing, changing and removing messages, by whomever: the world changes, and the gateway tells of it.
import {
  type APIAttachment,
  type APIEmbed,
  type APIMessageInteractionMetadata,
  type APIMessageTopLevelComponent,
  GatewayDispatchEvents as Event,
  type GatewayMessageUpdateDispatchData,
  type MessageFlags,
  MessageReferenceType,
  MessageType,
} from 'discord-api-types/v10';
import type { Context } from '../context.js';
import type { Pings } from '../draft.js';
import { messageEvent } from '../message-payload.js';
import { may } from '../permissions.js';
import type { UploadedFile } from '../rest/request.js';
import { forgetMessage, isEphemeral, known, type Message } from '../world.js';

export interface Draft {
  channelId: string;
  authorId: string;
  content: string;
  pings: Pings;
  replyTo?: string | null;
  /** Whether a reply pings the author of the first message. */
  pingReplied?: boolean;
  type?: MessageType;
  attachments?: APIAttachment[];
  embeds?: APIEmbed[];
  components?: APIMessageTopLevelComponent[];
  flags?: MessageFlags | 0;
  nonce?: string | number | null;
  interaction?: APIMessageInteractionMetadata | null;
}

export function attachmentsOf(
  { world }: Context,
  channelId: string,
  files: readonly UploadedFile[],
  described: readonly {
    id: string | number;
    filename?: string | undefined;
    description?: string | undefined;
  }[] = [],
): APIAttachment[] {
  return files.map((file) => {
    const description = described.find(({ id }) => String(id) === file.key);
    const filename = description?.filename ?? file.name;
    const id = world.ids.next();
    const address = `https://cdn.discordapp.com/attachments/${channelId}/${id}/${encodeURIComponent(filename)}`;
    return {
      id,
      filename,
      size: file.content.length,
      url: address,
      proxy_url: address,
      ...(file.type ? { content_type: file.type } : {}),
      ...(description?.description === undefined ? {} : { description: description.description }),
    };
  });
}

const scopeOf = (message: Message) => ({ guildId: message.guildId, channelId: message.channelId });

export function createMessage(context: Context, draft: Draft): Message {
  const { world, dispatch } = context;
  const channel = known(world.channels, draft.channelId, 'channel');
  const first = draft.replyTo == null ? undefined : world.messages.get(draft.replyTo);
  const users = draft.pings.users.filter((id) => world.users.has(id));
  if (first && draft.pingReplied !== false && !users.includes(first.authorId)) users.push(first.authorId);
  const everyone = draft.pings.everyone && channel.guildId !== null;
  const message: Message = {
    id: world.ids.next(),
    channelId: channel.id,
    guildId: channel.guildId,
    authorId: draft.authorId,
    type: draft.type ?? (first ? MessageType.Reply : MessageType.Default),
    content: draft.content.trim(),
    editedAt: null,
    mentions: users,
    mentionRoles: draft.pings.roles,
    mentionEveryone: everyone && may(world, channel.id, draft.authorId, 'MentionEveryone'),
    attachments: draft.attachments ?? [],
    embeds: draft.embeds ?? [],
    components: draft.components ?? [],
    flags: (draft.flags ?? 0) as MessageFlags,
    reference: first
      ? {
          type: MessageReferenceType.Default,
          message_id: first.id,
          channel_id: first.channelId,
          ...(first.guildId === null ? {} : { guild_id: first.guildId }),
        }
      : null,
    nonce: draft.nonce ?? null,
    reactions: new Map(),
    interaction: draft.interaction ?? null,
  };
  world.messages.set(message.id, message);
  // Ephemeral ones are in no channel's history, and only the person who asked is told.
  if (isEphemeral(message)) return message;
  channel.messageIds.push(message.id);
  dispatch(Event.MessageCreate, scopeOf(message), (intents) => messageEvent(world, message, intents));
  return message;
}

export type MessageChange = Partial<
  Pick<Message, 'attachments' | 'components' | 'content' | 'embeds' | 'flags' | 'mentionRoles' | 'mentions'>
>;

export function editMessage({ world, dispatch }: Context, message: Message, change: MessageChange): void {
  Object.assign(message, change, { editedAt: world.clock.now() });
  if (isEphemeral(message)) return;
  dispatch(Event.MessageUpdate, scopeOf(message), (intents) => messageEvent(world, message, intents));
}

/** A link's preview comes as an update of the embeds alone: no author, no text, no time of editing. */
export function unfurl({ world, dispatch }: Context, message: Message, embeds: APIEmbed[]): void {
  message.embeds = embeds;
  dispatch(Event.MessageUpdate, scopeOf(message), (intents) => {
    const { id, channel_id, guild_id, embeds: seen } = messageEvent(world, message, intents);
    const partial: Partial<GatewayMessageUpdateDispatchData> = { id, channel_id, embeds: seen };
    if (guild_id !== undefined) partial.guild_id = guild_id;
    return partial as GatewayMessageUpdateDispatchData;
  });
}

export function deleteMessage({ world, dispatch }: Context, message: Message): void {
  forgetMessage(world, message);
  if (isEphemeral(message)) return;
  dispatch(Event.MessageDelete, scopeOf(message), () => ({
    id: message.id,
    channel_id: message.channelId,
    ...(message.guildId === null ? {} : { guild_id: message.guildId }),
  }));
}

/** All of one channel. */
export function deleteMessages({ world, dispatch }: Context, messages: readonly Message[]): void {
  const first = messages[0];
  if (!first) return;
  for (const message of messages) forgetMessage(world, message);
  dispatch(Event.MessageDeleteBulk, scopeOf(first), () => ({
    ids: messages.map(({ id }) => id),
    channel_id: first.channelId,
    ...(first.guildId === null ? {} : { guild_id: first.guildId }),
  }));
}
