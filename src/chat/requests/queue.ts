// `queue` shows moderators the messages over which their word helps most, one at a time; its buttons, and those that ask
// which reading would have been right, record a label.
import { parseButton, queueButtons } from '../choice-buttons.js';
import type { ChatAnswer, ChatRequest } from '../requests.js';
import type { PressHandler, RequestContext, RequestHandler } from './handler.js';
import { privately, type RequestParts } from './parts.js';
import { recordChoice } from './record-choice.js';
import { Refused } from './refusals.js';
import { sayQueued, sayQueueEmpty } from './wording-queue.js';

export interface QueueHandlers {
  answer: RequestHandler<'queue'>;
  press: PressHandler;
}

export function createQueueHandlers(parts: RequestParts): QueueHandlers {
  const { store } = parts;

  /**
   * @param skipped how many at the head of the queue are passed over
   * @param labelled just now: it is passed over as well where it stays in the queue, moderators still disagreeing
   */
  async function next(
    { platform, communityId }: ChatRequest,
    { settings, language }: RequestContext,
    skipped: number,
    labelled?: string,
  ): Promise<ChatAnswer> {
    const items = await store.review.queue(platform, communityId, skipped + 2);
    const passed = skipped + (items.some(({ message }) => message.id === labelled) ? 1 : 0);
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
      const recorded = await recordChoice(parts, messageId, choice, request, context);
      if (pressed.type === 'queue-label') {
        const answer = await next(request, context, pressed.skipped, messageId);
        return { ...answer, text: `${recorded.text}\n\n${answer.text}`, replace: true };
      }
      // The question stays for whoever was asked, where somebody else has answered it as well.
      return { ...privately(recorded.text), replace: recorded.outcome !== 'awaits-others' };
    },
  };
}
