// Reactions told of while a platform is asked what stands: its answer may be older than they are.
import type { ChatEvent, ShownReaction } from '../platform.js';

export interface ReactionWatch {
  /** The platform is about to be asked about messages of this channel. */
  begin(channelId: string): void;
  note(event: ChatEvent): void;
  /** null where everything under the message was cleared meanwhile. */
  newer(channelId: string, messageId: string): Pick<ShownReaction, 'emoji' | 'personId'>[] | null;
}

/** Longer than it takes to ask about the messages of a channel, a rate limit included. */
const WATCH_MS = 15 * 60_000;

interface Watched {
  since: number;
  reactions: { messageId: string; emoji: string; personId: string }[];
  cleared: Set<string>;
}

export function createReactionWatch(now: () => Date): ReactionWatch {
  const channels = new Map<string, Watched>();
  return {
    begin(channelId) {
      channels.set(channelId, { since: now().getTime(), reactions: [], cleared: new Set() });
    },
    note(event) {
      if (event.type !== 'reaction' && event.type !== 'reactions-cleared') return;
      const { channelId, messageId } = event;
      const watched = channels.get(channelId);
      if (watched === undefined) return;
      if (now().getTime() - watched.since > WATCH_MS) channels.delete(channelId);
      else if (event.type === 'reactions-cleared') watched.cleared.add(messageId);
      else watched.reactions.push({ messageId, emoji: event.emoji, personId: event.person.id });
    },
    newer(channelId, messageId) {
      const watched = channels.get(channelId);
      if (watched?.cleared.has(messageId)) return null;
      return (watched?.reactions ?? [])
        .filter((reaction) => reaction.messageId === messageId)
        .map(({ emoji, personId }) => ({ emoji, personId }));
    },
  };
}
