// In which threads Nunchi has answered lately, so that who asked need not mention it again there. Forgotten at a restart:
// then a mention is needed once more.

export interface ThreadMemory {
  add: (channelId: string, threadId: string) => void;
  has: (channelId: string, threadId: string) => boolean;
}

const MOST = 10_000;

export function createThreadMemory(): ThreadMemory {
  const known = new Set<string>();
  const keyOf = (channelId: string, threadId: string) => `${channelId}/${threadId}`;
  return {
    add(channelId, threadId) {
      const key = keyOf(channelId, threadId);
      known.delete(key);
      known.add(key);
      for (const oldest of known) {
        if (known.size <= MOST) break;
        known.delete(oldest);
      }
    },
    has: (channelId, threadId) => known.has(keyOf(channelId, threadId)),
  };
}
