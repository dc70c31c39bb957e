// A chat platform in memory: what it was asked to show, in order.
import type { ChatPlatform, OutgoingReply, Reread, Whisper } from '../../src/chat/platform.js';
import type { Label } from '../../src/labels.js';
import type { SerializedError } from '../../src/errors.js';

export interface FakePlatform extends ChatPlatform {
  replies: OutgoingReply[];
  amended: OutgoingReply[];
  /** Message (the platform's id) and label of each emoji. */
  reactions: [string, Label][];
  rereads: Reread[];
  /** By key: the same again is the same, as in the outbox. */
  whispers: Map<string, Whisper>;
  unreadMessages: { messageId: string; error: SerializedError }[];
}

export function createFakePlatform(name = 'fake'): FakePlatform {
  const fake: FakePlatform = {
    name,
    replies: [],
    amended: [],
    reactions: [],
    rereads: [],
    whispers: new Map(),
    unreadMessages: [],
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    reply(_channelId, reply) {
      fake.replies.push(reply);
      return Promise.resolve();
    },
    amend(_channelId, reply) {
      fake.amended.push(reply);
      return Promise.resolve();
    },
    react(_channelId, messageId, label) {
      fake.reactions.push([messageId, label]);
      return Promise.resolve();
    },
    reread(_channelId, reread) {
      fake.rereads.push(reread);
      return Promise.resolve();
    },
    whisper(_channelId, whisper) {
      if (!fake.whispers.has(whisper.key)) fake.whispers.set(whisper.key, whisper);
      return Promise.resolve();
    },
    unread(_channelId, messageId, error) {
      fake.unreadMessages.push({ messageId, error });
      return Promise.resolve();
    },
  };
  return fake;
}
