// Requests over a real store, a fake model and a fake platform; every test says only what differs.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createConversation, type Conversation } from '../../../src/chat/conversation.js';
import type { IncomingMessage } from '../../../src/chat/platform.js';
import type { Asker, AnswerRequest, ChatAnswer, ChatRequest } from '../../../src/chat/requests.js';
import { createRequests, type RequestsConfig } from '../../../src/chat/requests/answer.js';
import {
  createCommunitySettings,
  type CommunitySettingsService,
  type Person,
} from '../../../src/chat/settings.js';
import { SILENT_LOGGER } from '../../../src/log.js';
import type { StoredMessage } from '../../../src/store/contracts/messages.js';
import type { Store } from '../../../src/store/store.js';
import { createFakePlatform, type FakePlatform } from '../../fakes/platform.js';
import { createFakeSentiment, type FakeSentiment } from '../../fakes/sentiment.js';
import { openTestStore } from '../../fakes/web-bench.js';

export const MODERATOR: Person = { id: 'mod', roleIds: [], moderates: true };
export const SOMEBODY: Person = { id: 'lee', roleIds: [], moderates: false };
export const HANGUL = /\p{Script=Hangul}/u;

type Without<Whole, Part extends keyof Whole> = Whole extends unknown ? Omit<Whole, Part> : never;
/** Who asks, and where, is filled in. */
export type Asked = Without<ChatRequest, keyof Asker> & Partial<Asker>;

export interface RequestBench {
  store: Store;
  sentiment: FakeSentiment;
  platform: FakePlatform;
  conversation: Conversation;
  settings: CommunitySettingsService;
  message(messageId: string, text: string, change?: Partial<IncomingMessage>): IncomingMessage;
  /** Somebody writes it, and it is read. */
  say(messageId: string, text: string, change?: Partial<IncomingMessage>): Promise<StoredMessage>;
  ask(request: Asked): Promise<ChatAnswer>;
  /** Answers requests by another configuration over the same store. */
  requests(change: Partial<RequestsConfig>): AnswerRequest;
  full(request: Asked): ChatRequest;
  find(messageId: string): Promise<StoredMessage | null>;
  labelOf(id: string): Promise<string | null | undefined>;
  stop(): Promise<void>;
}

export async function startRequestBench(config: Partial<RequestsConfig> = {}): Promise<RequestBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nunchi-requests-'));
  const store = await openTestStore(folder);
  const sentiment = createFakeSentiment();
  const platform = createFakePlatform();
  const settings = createCommunitySettings(store.settings);
  const conversation = createConversation({ store, sentiment, settings, logger: SILENT_LOGGER });
  conversation.attach(platform);
  const parts = { store, sentiment, conversation, settings, logger: SILENT_LOGGER };
  const requests = (change: Partial<RequestsConfig>) =>
    createRequests({ ...parts, training: {}, handlers: {}, ...config, ...change });
  const answer = requests({});
  let requestId = 0;

  const message: RequestBench['message'] = (messageId, text, change = {}) => ({
    ...{ platform: 'fake', communityId: 'home', channelId: 'room', messageId, authorId: 'kim', text },
    ...{ language: 'en', addressed: false, trainable: true },
    ...change,
  });
  const full: RequestBench['full'] = (request) => {
    requestId += 1;
    const place = { platform: 'fake', communityId: 'home', channelId: 'room' } as const;
    const asker = { person: SOMEBODY, language: 'en', requestId: `request-${requestId}` } as const;
    return { ...place, ...asker, ...request };
  };
  return {
    store,
    sentiment,
    platform,
    conversation,
    settings,
    message,
    async say(messageId, text, change) {
      const { message: kept, settled } = await conversation.receive(message(messageId, text, change));
      await settled;
      return kept;
    },
    ask: (request) => answer(full(request)),
    requests,
    full,
    find: (messageId) => store.messages.find('fake', 'room', messageId),
    labelOf: async (id) => (await store.feedback.current([id])).get(id)?.label,
    async stop() {
      sentiment.release();
      await conversation.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
