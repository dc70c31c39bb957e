// Probes: sentences of Nunchi's own whose label is known, asked about now and then in the review queue of a community that
// wants it, to learn how reliable its moderators' labels are. They are kept as Nunchi's own messages and never trained on.
import { randomUUID } from 'node:crypto';
import { textKey } from '../../data/text-key.js';
import type { LabelledText } from '../../data/labelled-file.js';
import type { SentimentService } from '../../serve/service.js';
import { CHOSEN } from '../../store/derive-label.js';
import { PROBES, type StoredMessage } from '../../store/contracts/messages.js';
import type { Store } from '../../store/store.js';
import type { Label } from '../../labels.js';

/** One of so many labels that a moderator gives is that of a probe. */
export const PROBE_EVERY = 10;
const KEY_CHARACTERS = 16;
const HANGUL = /\p{Script=Hangul}/u;

export interface ProbesConfig {
  store: Pick<Store, 'messages' | 'predictions' | 'feedback' | 'testimony'>;
  sentiment: Pick<SentimentService, 'classify'>;
  /** Sentences that nothing is trained on, with their labels. */
  loadSentences: () => Promise<readonly LabelledText[]>;
  /** @default randomUUID */
  newId?: () => string;
}

export interface ProbeAsker {
  platform: string;
  communityId: string;
  /** The platform's own id. */
  personId: string;
  language: 'ko' | 'en';
}

export interface Probes {
  /** A probe for the moderator, read and kept like a message, where it is time for one and one is left; else null. */
  due(asker: ProbeAsker): Promise<StoredMessage | null>;
  isProbe(message: Pick<StoredMessage, 'channelId'>): boolean;
  /** null: they want it forgotten, which says nothing about it. */
  answer(message: StoredMessage, personId: string, label: Label | null): Promise<void>;
}

export function createProbes(config: ProbesConfig): Probes {
  const { store, sentiment, newId = randomUUID } = config;
  let sentences: Promise<readonly LabelledText[]> | null = null;

  return {
    async due({ platform, communityId, personId, language }) {
      const { sinceProbe, answered } = await store.testimony.probesOf(platform, personId);
      if (sinceProbe < PROBE_EVERY - 1) return null;
      const known = new Set(answered);
      sentences ??= config.loadSentences();
      const next = (await sentences).find(
        ({ text }) => HANGUL.test(text) === (language === 'ko') && !known.has(keyOf(text)),
      );
      if (next === undefined) return null;
      const message = await store.messages.add({
        platform,
        communityId,
        channelId: `${PROBES}${communityId}`,
        externalId: `${PROBES}${keyOf(next.text)}:${newId()}`,
        personId: null,
        author: 'nunchi',
        inReplyTo: null,
        text: next.text,
        trainable: false,
        knownLabel: next.label,
      });
      const { model, results } = await sentiment.classify([next.text]);
      const [result] = results;
      if (result !== undefined) {
        const { text: _, ...reading } = result;
        await store.predictions.add(message.id, model, reading, { live: false });
      }
      return message;
    },
    isProbe: ({ channelId }) => channelId.startsWith(PROBES),
    async answer({ id, platform }, personId, label) {
      const word = { messageId: id, platform, personId, moderator: true, emoji: CHOSEN };
      await store.feedback.record({ ...word, label, action: 'added' });
    },
  };
}

const keyOf = (text: string) => textKey(text).slice(0, KEY_CHARACTERS);
