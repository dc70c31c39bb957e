// A message as one who asks may see it: its text only with the MessageContent intent or by one of the exceptions.
import {
  type APIMessage,
  type APIReaction,
  type GatewayMessageCreateDispatchData,
  GatewayIntentBits,
} from 'discord-api-types/v10';
import { timeOf } from './clock.js';
import { memberWithoutUser } from './payloads.js';
import { known, type Message, type World } from './world.js';

export type SeesContent = (message: Message) => boolean;

/** The rule for a bot with these intents: without MessageContent it sees its own, direct ones, and those that ping it. */
export const contentRule =
  (world: World, intents: number): SeesContent =>
  (message) =>
    (intents & GatewayIntentBits.MessageContent) !== 0 ||
    message.guildId === null ||
    message.authorId === world.bot.id ||
    message.mentions.includes(world.bot.id);

/** The target of a context menu is shown whole, whatever the intents. */
export const wholeContent: SeesContent = () => true;

function reactionsPayload(world: World, message: Message): APIReaction[] {
  return [...message.reactions.values()].map(({ emoji, normal, burst }) => ({
    emoji,
    count: normal.size + burst.size,
    count_details: { normal: normal.size, burst: burst.size },
    me: normal.has(world.bot.id),
    me_burst: burst.has(world.bot.id),
    burst_colors: [],
  }));
}

export function messagePayload(world: World, message: Message, sees: SeesContent): APIMessage {
  const seen = sees(message);
  const user = (id: string) => known(world.users, id, 'user');
  const payload: APIMessage = {
    id: message.id,
    channel_id: message.channelId,
    type: message.type,
    author: user(message.authorId),
    content: seen ? message.content : '',
    timestamp: new Date(timeOf(message.id)).toISOString(),
    edited_timestamp: message.editedAt === null ? null : new Date(message.editedAt).toISOString(),
    tts: false,
    mention_everyone: message.mentionEveryone,
    mentions: message.mentions.map(user),
    mention_roles: message.mentionRoles,
    attachments: seen ? message.attachments : [],
    embeds: seen ? message.embeds : [],
    components: seen ? message.components : [],
    pinned: false,
    flags: message.flags,
  };
  if (message.reactions.size > 0) payload.reactions = reactionsPayload(world, message);
  if (message.interaction) {
    payload.interaction_metadata = message.interaction;
    payload.webhook_id = world.bot.id;
    payload.application_id = world.bot.id;
  }
  if (message.reference) {
    payload.message_reference = message.reference;
    const referenced = world.messages.get(message.reference.message_id ?? '');
    // A referenced message brings none of its own.
    payload.referenced_message = referenced
      ? messagePayload(world, { ...referenced, reference: null }, () => sees(referenced))
      : null;
  }
  return payload;
}

/** With the fields that only the gateway adds. */
export function messageEvent(
  world: World,
  message: Message,
  intents: number,
): GatewayMessageCreateDispatchData {
  const payload = messagePayload(world, message, contentRule(world, intents));
  const guild = message.guildId === null ? undefined : world.guilds.get(message.guildId);
  const author = guild?.members.get(message.authorId);
  return {
    ...payload,
    ...(guild ? { guild_id: guild.id } : {}),
    ...(author ? { member: memberWithoutUser(author) } : {}),
    mentions: payload.mentions.map((user) => {
      const member = guild?.members.get(user.id);
      return member ? { ...user, member: memberWithoutUser(member) } : user;
    }),
    channel_type: known(world.channels, message.channelId, 'channel').type,
    ...(message.nonce !== null && message.authorId === world.bot.id ? { nonce: message.nonce } : {}),
  };
}
