// `queue` shows moderators the messages over which their word helps most, one at a time; its buttons, and those that ask
// which reading would have been right, record a label.
import type { ToReview } from '../../learn/trust/trust.js';
import type { QueuedMessage } from '../../store/contracts/labels.js';
import { parseButton, queueButtons } from '../choice-buttons.js';
import type { ChatAnswer, ChatRequest } from '../requests.js';
import type { PressHandler, RequestContext, RequestHandler } from './handler.js';
import { privately, type RequestParts } from './parts.js';
import { recordChoice } from './record-choice.js';
import { Refused } from './refusals.js';
import { sayNoted, sayQueued, sayQueueEmpty } from './wording-queue.js';

export interface QueueHandlers {
  answer: RequestHandler<'queue'>;
  press: PressHandler;
}

type Item = QueuedMessage & { asked: ToReview | null };

export function createQueueHandlers(parts: RequestParts): QueueHandlers {
  const { store, trust, probes } = parts;

  /** What waits for this moderator comes first; it is what keeps a correction from being learned. */
  async function queueOf({ platform, communityId, person }: ChatRequest, limit: number): Promise<Item[]> {
    const pseudonym = store.people.pseudonymOf(platform, person.id);
    const waiting = (await trust?.toReview(platform, communityId, pseudonym)) ?? [];
    const first = await store.review.queued(waiting.slice(0, limit).map(({ messageId }) => messageId));
    const asked = new Map(waiting.map((one) => [one.messageId, one]));
    const rest = await store.review.queue(platform, communityId, pseudonym, limit + first.length);
    return [
      ...first.map((item) => ({ ...item, asked: asked.get(item.message.id) ?? null })),
      ...rest.flatMap((item) => (asked.has(item.message.id) ? [] : [{ ...item, asked: null }])),
    ];
  }

  /** Looks like any other message, or it would measure nothing; that there are such ones is told in the settings. */
  async function probeFor(
    { platform, communityId, person }: ChatRequest,
    { settings, language }: RequestContext,
  ): Promise<Item | null> {
    if (probes === undefined || !settings.probes) return null;
    const message = await probes.due({ platform, communityId, personId: person.id, language });
    if (message === null) return null;
    const [item] = await store.review.queued([message.id]);
    return item === undefined ? null : { ...item, asked: null };
  }

  /**
   * @param skipped how many at the head of the queue are passed over
   * @param labelled just now: it is passed over as well where it still waits for this moderator
   */
  async function next(
    request: ChatRequest,
    context: RequestContext,
    skipped: number,
    labelled?: string,
  ): Promise<ChatAnswer> {
    const { settings, language } = context;
    // Not right after it was skipped, or there would be no way past it.
    const probe = skipped === 0 || labelled !== undefined ? await probeFor(request, context) : null;
    if (probe !== null) {
      const { id } = probe.message;
      const buttons = [queueButtons(id, skipped, language)];
      return { text: sayQueued(probe, null, settings.threshold, language), private: true, buttons };
    }
    const items = await queueOf(request, skipped + 2);
    const isSame = labelled !== undefined && items[skipped]?.message.id === labelled;
    const passed = isSame ? skipped + 1 : skipped;
    const item = items[passed];
    if (item === undefined) return privately(sayQueueEmpty(passed, language));
    const { id } = item.message;
    const standing = (await store.feedback.current([id])).get(id)?.label ?? null;
    return {
      text: sayQueued(item, standing, settings.threshold, language),
      private: true,
      buttons: [queueButtons(id, passed, language)],
    };
  }

  return {
    answer: (request, context) => next(request, context, 0),

    async press(buttonId, request, context) {
      const pressed = parseButton(buttonId);
      if (pressed === null) throw new Refused('unknown-button');
      if (pressed.type === 'queue-skip') {
        return { ...(await next(request, context, pressed.skipped)), replace: true };
      }
      const { messageId, choice } = pressed;
      const message = await store.messages.get(messageId);
      if (pressed.type === 'queue-label' && message !== null && probes?.isProbe(message) === true) {
        const { platform, communityId } = message;
        if (platform !== request.platform || communityId !== request.communityId) {
          throw new Refused('unknown-message');
        }
        await probes.answer(message, request.person.id, choice === 'forget' ? null : choice);
        const answer = await next(request, context, pressed.skipped, messageId);
        return { ...answer, text: `${sayNoted(choice, context.language)}\n\n${answer.text}`, replace: true };
      }
      const recorded = await recordChoice(parts, messageId, choice, request, context);
      if (pressed.type === 'queue-label') {
        const answer = await next(request, context, pressed.skipped, messageId);
        // With probes among them, all labels are answered alike.
        const text =
          context.settings.probes && recorded.outcome !== 'text-erased'
            ? sayNoted(choice, context.language)
            : recorded.text;
        return { ...answer, text: `${text}\n\n${answer.text}`, replace: true };
      }
      // The question stays for whoever was asked, where somebody else has answered it as well.
      return { ...privately(recorded.text), replace: recorded.outcome !== 'awaits-others' };
    },
  };
}
