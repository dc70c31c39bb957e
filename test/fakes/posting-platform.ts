// A platform that can only bring news: it keeps them in the real outbox, where the same key is one thing to send.
import type { Attachment } from '../../src/chat/requests.js';
import type { ChatPlatform } from '../../src/chat/platform.js';
import type { Store } from '../../src/store/store.js';

export interface PostedNews {
  channelId: string;
  key: string;
  text: string;
  attachment: Attachment | null;
}

export interface PostingPlatform extends Required<Pick<ChatPlatform, 'name' | 'post'>> {
  posts(): Promise<PostedNews[]>;
}

export function createPostingPlatform(store: Pick<Store, 'outbox'>, name = 'slack'): PostingPlatform {
  return {
    name,
    async post(channelId, key, post) {
      await store.outbox.add({ platform: name, key, channelId, priority: 1, content: post });
    },
    async posts() {
      const items = await store.outbox.due(name, 100);
      return items.map(({ channelId, key, content }) => ({
        channelId,
        key,
        ...(content as Pick<PostedNews, 'text' | 'attachment'>),
      }));
    },
  };
}
