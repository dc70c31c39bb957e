// What a person may ask about themselves: what is kept, all of it as a file, to have it deleted, to be left out. Only they
// are told.
import type { Store } from '../../store/store.js';
import type { PlatformRules } from '../platform-rules.js';
import type { Attachment, ChatAnswer } from '../requests.js';
import type { PressHandler, RequestHandler } from './handler.js';
import {
  countData,
  PRIVACY_WORDS as WORDS,
  sayCounts,
  sayDeleted,
  sayDeleteQuestion,
  sayPrivacy,
} from './privacy-wording.js';

export interface PrivacyRequestsConfig {
  store: Pick<Store, 'people'>;
  rulesOf: (platform: string) => PlatformRules;
  now?: () => Date;
}

export interface PrivacyRequests {
  answer: RequestHandler<'privacy'>;
  /** Buttons whose ids begin with `privacy:`. */
  press: PressHandler;
}

const DELETE = 'privacy:delete';
const KEEP = 'privacy:keep';

export function createPrivacyRequests(config: PrivacyRequestsConfig): PrivacyRequests {
  const { rulesOf, now = () => new Date() } = config;
  const { people } = config.store;

  return {
    async answer({ platform, person, action }, { language }) {
      if (action === 'leave-out' || action === 'come-back') {
        await people.leaveOut(platform, person.id, action === 'leave-out');
        return { text: WORDS[action === 'leave-out' ? 'leftOut' : 'cameBack'][language], private: true };
      }
      const data = await people.dataOf(platform, person.id);
      const counts = countData(data);
      switch (action) {
        case 'show':
          return { text: sayPrivacy(rulesOf(platform), data, language), private: true };
        case 'export': {
          const content = JSON.stringify({ platform, exportedAt: now(), ...data }, null, 2);
          const attachment: Attachment = {
            name: 'nunchi-data.json',
            mediaType: 'application/json',
            content: Buffer.from(content).toString('base64'),
            description: sayCounts(counts, language),
          };
          return { text: WORDS.exported[language], private: true, attachment };
        }
        case 'delete': {
          if (counts.messages + counts.feedback === 0)
            return { text: WORDS.nothing[language], private: true };
          return {
            text: sayDeleteQuestion(counts, rulesOf(platform).training, language),
            private: true,
            buttons: [
              [
                { id: DELETE, text: WORDS.delete[language], style: 'danger' },
                { id: KEEP, text: WORDS.keep[language], style: 'plain' },
              ],
            ],
          };
        }
      }
    },

    async press(buttonId, { platform, person }, { language }) {
      const said = (text: string): ChatAnswer => ({ text, private: true, replace: true });
      if (buttonId === KEEP) return said(WORDS.kept[language]);
      if (buttonId !== DELETE) return said(WORDS.unknownButton[language]);
      const texts = await people.erase(platform, person.id);
      return said(sayDeleted(texts, await people.isLeftOut(platform, person.id), language));
    },
  };
}
