// Nunchi as an adapter sees it: what may matter goes into the inbox, and what was missed is found out.
import { newId } from '../../store/ids.js';
import type { StoredMessage } from '../../store/contracts/messages.js';
import type { Store } from '../../store/store.js';
import type { AdapterHub } from '../adapter.js';
import { laneOf } from '../events.js';
import { feedbackMeaning } from '../feedback.js';
import type { ChatEvent, ShownReaction } from '../platform.js';
import { compareShown, isWord } from '../reconciliation.js';
import type { AnswerRequest } from '../requests.js';
import { customMeaning, modeOf, type CommunitySettingsService, type Person } from '../settings.js';
import { createReactionWatch } from './reaction-watch.js';

export interface AdapterHubConfig {
  platform: string;
  store: Pick<Store, 'messages' | 'feedback' | 'people'>;
  settings: CommunitySettingsService;
  answer: AnswerRequest;
  /** Durable when it resolves; false where the key came before. */
  keep: (key: string, event: ChatEvent) => Promise<boolean>;
  /** Whether events of this lane are kept and not handled yet. */
  busy: (lane: string) => boolean;
  now: () => Date;
}

/** How far back messages of a channel are looked at. */
const LOOK_BACK = 500;

export function createAdapterHub(config: AdapterHubConfig): AdapterHub {
  const { platform, store, settings, answer, keep, busy, now } = config;
  const watch = createReactionWatch(now);

  const recent = async (channelId: string) =>
    (await store.messages.history(channelId, { limit: LOOK_BACK, platform })).reverse();

  /** What is certain to change nothing is not worth a row: a popular message gets a thousand 👍 in a minute. */
  async function matters(event: ChatEvent): Promise<boolean> {
    if (event.type === 'message') {
      const { communityId, channelId, parentChannelId, addressed } = event.message;
      const mode = modeOf(await settings.get(platform, communityId), channelId, parentChannelId);
      return addressed || (mode !== 'off' && mode !== 'request');
    }
    if (event.type !== 'reaction') return true;
    const { communityId, channelId, messageId, emoji } = event;
    if (feedbackMeaning(emoji, 'person') !== null) return true;
    if (customMeaning(await settings.get(platform, communityId), emoji) !== null) return true;
    if (feedbackMeaning(emoji, 'nunchi') === null) return false;
    // Of an unknown message it may be an answer whose id is not noted yet.
    return (await store.messages.find(platform, channelId, messageId))?.author !== 'person';
  }

  async function accept(key: string, event: ChatEvent): Promise<boolean> {
    if (!(await matters(event))) return true;
    // Before it is kept: what is kept after it must know of it.
    watch.note(event);
    return keep(key, event);
  }

  return {
    accept,
    request: answer,
    async lastSeen(channelId) {
      const ids = (await recent(channelId))
        .filter(({ author }) => author === 'person')
        .map(({ externalId }) => externalId);
      return newestOf(ids);
    },
    async correctable(channelId, limit) {
      watch.begin(channelId);
      return (await recent(channelId))
        .filter(({ text }) => text !== null)
        .map(idShown)
        .filter((id) => id !== null)
        .slice(0, limit);
    },
    async reconcile({ communityId, channelId, messageId, reactions }, personOf) {
      const place = { platform, communityId, channelId };
      const unsettled = busy(laneOf({ type: 'deletion', ...place, messageId }));
      const known = await store.messages.find(platform, channelId, messageId);
      const newer = watch.newer(channelId, messageId);
      if ((known === null && !unsettled) || newer === null) return 0;
      const community = await settings.get(platform, communityId);
      // What waits and is not known yet was fetched with what stands under it, and is a person's message.
      const given = reactions
        .filter(({ emoji }) => isWord(community, emoji, known?.author ?? 'person'))
        .flatMap(({ emoji, personIds }) => personIds.map((personId) => ({ emoji, personId })));
      const { added, gone } =
        known === null ? { added: given, gone: [] } : await compareShown(store, known, given, newer);
      if ((!unsettled || known === null) && added.length + gone.length === 0) return 0;

      // Behind events that wait, any of them may turn out to be news.
      const people = new Map<string, Person | null>();
      for (const { personId } of unsettled ? given : added) {
        if (people.has(personId)) continue;
        const leftOut = await store.people.isLeftOut(platform, personId);
        people.set(personId, leftOut ? null : await personOf(personId));
      }
      const shown = given.map((one): ShownReaction => ({ ...one, person: people.get(one.personId) ?? null }));
      const news = added.filter(({ personId }) => people.get(personId) != null).length + gone.length;
      if (!unsettled && news === 0) return 0;
      const latest = watch.newer(channelId, messageId);
      if (latest === null) return 0;
      // Handled twice it comes to the same, so that the key need only tell it from every other one.
      await keep(`reactions-shown:${newId()}`, {
        ...{ type: 'reactions-shown', ...place, messageId, shown, newer: latest },
      });
      return news;
    },
  };
}

/** The id under which the platform shows it. */
function idShown(message: StoredMessage): string | null {
  return message.author === 'person' ? message.externalId : message.deliveredId;
}

/**
 * Messages are kept in the order in which Nunchi met them, and it meets old ones too, where a moderator labels one. The ids
 * of Discord and Slack grow with time; of a platform whose ids are no numbers the last one met is taken.
 */
function newestOf(ids: readonly string[]): string | null {
  if (!ids.every((id) => /^\d+(\.\d+)?$/u.test(id))) return ids[0] ?? null;
  const isLater = (a: string, b: string) => a.length > b.length || (a.length === b.length && a > b);
  return ids.reduce<string | null>(
    (newest, id) => (newest === null || isLater(id, newest) ? id : newest),
    null,
  );
}
