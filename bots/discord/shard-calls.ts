// What the process that holds Nunchi and a process that holds a part of its connections to Discord ask of each other.
import type { Delivery, ReactionState } from '../../src/chat/adapter.js';
import type { ChatEvent, IncomingMessage } from '../../src/chat/platform.js';
import type { ChatAnswer, ChatRequest } from '../../src/chat/requests.js';
import type { Person } from '../../src/chat/settings.js';
import type { Config, DiscordConfig } from '../../src/config.js';
import type { SerializedError } from '../../src/errors.js';

export interface ShardSetup extends Omit<DiscordConfig, 'shards'> {
  /** Registers the commands and has the direct messages. */
  first: boolean;
  /** How many there are. */
  shards: number;
  logLevel: Config['logLevel'];
}

/** Of the process that holds Nunchi. */
export interface ParentCalls {
  setup: (payload: null) => Promise<ShardSetup>;
  /** How connecting ended; null: well. */
  connected: (payload: SerializedError | null) => Promise<null>;
  accept: (payload: { key: string; event: ChatEvent }) => Promise<boolean>;
  request: (payload: ChatRequest) => Promise<ChatAnswer>;
  lastSeen: (payload: string) => Promise<string | null>;
  correctable: (payload: { channelId: string; limit: number }) => Promise<string[]>;
  reconcile: (payload: { id: number; state: ReactionState }) => Promise<number>;
  readNote: (payload: string) => Promise<unknown>;
  writeNote: (payload: { name: string; content: unknown }) => Promise<null>;
}

/** Of a process with shards. */
export interface ShardCalls {
  send: (payload: Delivery) => Promise<string | null>;
  fetch: (payload: { channelId: string; messageId: string }) => Promise<IncomingMessage | null>;
  /** Whether the channel is of a server of this process. */
  has: (payload: string) => Promise<boolean>;
  /** While `reconcile` with this id is asked. */
  person: (payload: { id: number; personId: string }) => Promise<Person | null>;
  disconnect: (payload: null) => Promise<null>;
  close: (payload: null) => Promise<null>;
}
