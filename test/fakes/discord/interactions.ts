// Interactions that people began: how long each may still be answered, and what the bot answered.
import type {
  APIMessageInteractionMetadata,
  APIModalInteractionResponseCallbackData,
  InteractionResponseType,
  InteractionType,
} from 'discord-api-types/v10';
import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.js';

/** Within these a first answer must come, and everything after it. */
const FIRST_ANSWER_MS = 3_000;
const TOKEN_MS = 15 * 60_000;

export interface Interaction {
  id: string;
  token: string;
  type: InteractionType;
  userId: string;
  channelId: string;
  guildId: string | null;
  /** What messages that answer it say of it. */
  metadata: APIMessageInteractionMetadata;
  /** The message whose component began it; null of commands. */
  sourceId: string | null;
  beganAt: number;
  /** null until the first answer. */
  answer: { type: InteractionResponseType; ephemeral: boolean } | null;
  /** The message that `@original` names. */
  originalId: string | null;
  /** Whether the original still says that the bot is thinking. */
  loading: boolean;
  /** Messages sent after the first answer. */
  followups: Set<string>;
  modal: APIModalInteractionResponseCallbackData | null;
}

export type NewInteraction = Pick<
  Interaction,
  'channelId' | 'guildId' | 'id' | 'metadata' | 'sourceId' | 'type' | 'userId'
>;

export interface Interactions {
  begin(interaction: NewInteraction): Interaction;
  byId(id: string): Interaction | undefined;
  byToken(token: string): Interaction | undefined;
  /** Whether it may still get its first answer. */
  awaits(interaction: Interaction): boolean;
  expired(interaction: Interaction): boolean;
}

export function createInteractions(clock: Clock): Interactions {
  const all = new Map<string, Interaction>();
  const expired = ({ beganAt }: Interaction) => clock.now() - beganAt >= TOKEN_MS;
  return {
    begin(interaction) {
      // The oldest come first.
      for (const old of all.values()) {
        if (clock.now() - old.beganAt < 2 * TOKEN_MS) break;
        all.delete(old.id);
      }
      const begun: Interaction = {
        ...interaction,
        token: randomBytes(48).toString('base64url'),
        beganAt: clock.now(),
        answer: null,
        originalId: null,
        loading: false,
        followups: new Set(),
        modal: null,
      };
      all.set(begun.id, begun);
      return begun;
    },
    byId: (id) => all.get(id),
    byToken: (token) => {
      for (const one of all.values()) if (one.token === token) return one;
      return undefined;
    },
    awaits: ({ beganAt }) => clock.now() - beganAt < FIRST_ANSWER_MS,
    expired,
  };
}
