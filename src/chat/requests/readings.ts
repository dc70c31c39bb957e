// `check`, `read` and `why`: what Nunchi reads, and why, for the person who asks alone.
import { NunchiError } from '../../errors.js';
import type { Reading } from '../../labels.js';
import { READ_AT_MOST } from '../conversation.js';
import { distressIn } from '../distress.js';
import { answerLanguage } from '../language.js';
import type { IncomingMessage } from '../platform.js';
import { applyThreshold, readingOfPrediction, readingOfResult } from '../readings.js';
import type { CommunityId } from '../../store/contracts/messages.js';
import type { ChatAnswer, ChatRequest } from '../requests.js';
import { explainLastReading } from '../why.js';
import { sayKindWord, sayNothingToExplain, sayReading, sayWhy } from '../wording.js';
import type { RequestContext, RequestHandlers } from './handler.js';
import { findSubject, privately, type RequestParts } from './parts.js';
import { Refused } from './refusals.js';

/** What is read: a kept message under its id in the store, or a text that is not kept. */
interface Subject {
  id: string | null;
  text: string;
}

export function createReadingHandlers(parts: RequestParts): Pick<RequestHandlers, 'check' | 'read' | 'why'> {
  const { store, sentiment, heads, conversation } = parts;

  async function readingOf({ id, text }: Subject, community: CommunityId): Promise<Reading> {
    const known = id === null ? undefined : (await store.predictions.latest([id])).get(id);
    if (known !== undefined) return readingOfPrediction(known);
    const shared = await sentiment.classify([text.slice(0, READ_AT_MOST)]);
    const { results } = heads?.read(community, shared) ?? shared;
    if (results[0] === undefined) throw new NunchiError('serving-failed', 'There is no reading of the text');
    return readingOfResult(results[0]);
  }

  /** @param explain says why instead of what */
  async function answer(
    subject: Subject,
    request: ChatRequest,
    { settings }: RequestContext,
    explain = false,
  ): Promise<ChatAnswer> {
    const { id, text } = subject;
    const { requestId } = request;
    const language = answerLanguage(settings, text, request.language);
    const distress = distressIn(text);
    if (distress !== null) return privately(sayKindWord(distress, language));
    const reading = await readingOf(subject, request);
    const unreadable = reading.abstained && reading.abstainReason !== 'low-confidence';
    if (explain && !unreadable) {
      const explanation = await sentiment.explain(text.slice(0, READ_AT_MOST), reading.label);
      const { abstained } = applyThreshold(reading, settings.threshold);
      return privately(sayWhy(explanation, language, abstained));
    }
    return privately(sayReading(applyThreshold(reading, settings.threshold), language, id ?? requestId));
  }

  /** A text that was erased here and is still there for the person who asks is read and not kept again. */
  async function subjectOf(message: IncomingMessage, keep: boolean): Promise<Subject> {
    const known = await findSubject(store, message);
    const ofAnswer = known !== null && known.externalId !== message.messageId;
    if (ofAnswer && known.text === null) throw new Refused('text-erased');
    if (ofAnswer || !keep) return { id: known?.id ?? null, text: known?.text ?? message.text };
    const { message: kept, settled } = await conversation.receive({ ...message, addressed: false });
    if ((await settled).kind === 'unread') {
      throw new NunchiError('busy', 'A message could not be read now');
    }
    return { id: kept.id, text: kept.text ?? message.text };
  }

  return {
    check: (request, context) => answer({ id: null, text: request.text }, request, context),

    read: async (request, context) => answer(await subjectOf(request.message, true), request, context),

    async why(request, context) {
      if (request.message !== null) {
        return answer(await subjectOf(request.message, false), request, context, true);
      }
      const last = await explainLastReading(parts, request);
      if (last === null) return privately(sayNothingToExplain(context.language));
      const language = answerLanguage(context.settings, last.text, request.language);
      return privately(sayWhy(last.explanation, language, last.unsure));
    },
  };
}
