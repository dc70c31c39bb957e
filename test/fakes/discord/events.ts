// Dispatches and which intents bring them. The gateway sends; actions and controls only say what happened.
import {
  type GatewayDispatchEvents as Event,
  type GatewayDispatchPayload,
  GatewayIntentBits,
} from 'discord-api-types/v10';

type DataOf<Payload, T extends Event> = Payload extends { t: infer U; d: infer D }
  ? T extends U
    ? D
    : never
  : never;

/** The payload's `d` for a dispatch of this name. */
export type DispatchData<T extends Event> = DataOf<GatewayDispatchPayload, T>;

export interface Scope {
  /** null for direct messages, which go to shard 0. */
  guildId: string | null;
  /** Where the bot must see the channel to hear of it. */
  channelId?: string;
  /** Sent whatever the intents are. */
  regardless?: boolean;
}

/** @param d Its content for a session with these intents. */
export type Dispatch = <T extends Event>(t: T, scope: Scope, d: (intents: number) => DispatchData<T>) => void;

const GROUPS: [RegExp, guild: GatewayIntentBits | 0, direct: GatewayIntentBits | 0][] = [
  [/^MESSAGE_REACTION_/, GatewayIntentBits.GuildMessageReactions, GatewayIntentBits.DirectMessageReactions],
  [/^MESSAGE_/, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages],
  [/^TYPING_/, GatewayIntentBits.GuildMessageTyping, GatewayIntentBits.DirectMessageTyping],
  [/^GUILD_MEMBER_/, GatewayIntentBits.GuildMembers, 0],
  [/^(GUILD_(CREATE|UPDATE|DELETE|ROLE_)|CHANNEL_)/, GatewayIntentBits.Guilds, 0],
  [/^GUILD_EMOJIS_/, GatewayIntentBits.GuildExpressions, 0],
];

/** Whether a session with these intents gets the event. */
export function intended(t: Event, scope: Scope, intents: number): boolean {
  const group = GROUPS.find(([names]) => names.test(t));
  if (!group || scope.regardless === true) return true;
  const needed = scope.guildId === null ? group[2] : group[1];
  return (intents & needed) !== 0;
}
