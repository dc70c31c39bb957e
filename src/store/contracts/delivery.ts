// Events of platforms on their way in, answers on their way out.

/** An event of a platform, kept before it is acknowledged. */
export interface InboxEvent {
  id: string;
  platform: string;
  /** What tells the event from every other one of the platform, however often it is delivered. */
  key: string;
  content: unknown;
  createdAt: Date;
}

export type OutboxState = 'waiting' | 'sent' | 'failed';

export interface NewOutboxItem {
  platform: string;
  /** The same key again is the same thing to send. */
  key: string;
  /** The platform's own id. */
  channelId: string;
  /** 0 goes first. */
  priority: number;
  content: unknown;
}

export interface OutboxItem extends NewOutboxItem {
  id: string;
  state: OutboxState;
  /** How often it was tried. */
  attempts: number;
  dueAt: Date;
  deliveredId: string | null;
}

/** Contents are JSON, encrypted at rest. */
export interface InboxStore {
  /** Durable when it resolves; null where the event was kept before, handled or not. */
  add(event: { platform: string; key: string; content: unknown }): Promise<InboxEvent | null>;
  /** Not handled yet, oldest first. */
  pending(platform: string): Promise<InboxEvent[]>;
  /** Erases the content; the key is remembered. */
  handled(id: string): Promise<void>;
  /** Forgets what was handled before `date`; gives how many. */
  prune(date: Date): Promise<number>;
}

export interface OutboxStore {
  /** Durable when it resolves; the same platform and key gives the item already there. */
  add(item: NewOutboxItem): Promise<OutboxItem>;
  /** null where it was never added, or is forgotten. */
  find(platform: string, key: string): Promise<OutboxItem | null>;
  /** Waiting and due, by priority, then oldest first; nothing of the channels `except`. */
  due(platform: string, limit: number, except?: readonly string[]): Promise<OutboxItem[]>;
  /** When the next waiting item becomes due, or null where none waits. */
  nextDue(platform: string): Promise<Date | null>;
  /** Erases the content. @param deliveredId what the platform calls it, if anything */
  sent(id: string, deliveredId: string | null): Promise<void>;
  /** It was tried and is tried again at `dueAt`. */
  retry(id: string, dueAt: Date): Promise<void>;
  /** It is not tried again; erases the content. */
  fail(id: string): Promise<void>;
  /** Forgets what is done since before `date`; gives how many. */
  prune(date: Date): Promise<number>;
}
