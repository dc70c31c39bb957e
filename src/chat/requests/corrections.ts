// `correct` opens the correction dialog; `dialog` records what was chosen and written in it.
import { AUTHORED } from '../../store/contracts/messages.js';
import { distressIn } from '../distress.js';
import { CHOICES, EMOJI_OF, type Choice } from '../feedback.js';
import type { Dialog } from '../requests.js';
import { trainingUseOf } from '../training-use.js';
import { sayDialog, sayOwnText, type OwnTextOutcome } from '../wording-corrections.js';
import type { RequestContext, RequestHandlers, RequestOf } from './handler.js';
import { findSubject, privately, type RequestParts } from './parts.js';
import { ownTextOf } from './permissions.js';
import { recordChoice } from './record-choice.js';
import { Refused } from './refusals.js';

/** Longer than the model reads; a correction is a sentence or two. */
const OWN_TEXT_CHARACTERS = 1000;
const DIALOG = 'correct:';

export function createCorrectionHandlers(parts: RequestParts): Pick<RequestHandlers, 'correct' | 'dialog'> {
  const { store, conversation, training } = parts;

  async function keepOwnText(
    text: string,
    choice: Choice,
    request: RequestOf<'dialog'>,
    context: RequestContext,
  ): Promise<OwnTextOutcome> {
    const { platform, communityId, person, requestId } = request;
    if (choice === 'forget') return 'unlabelled';
    if (distressIn(text) !== null) return 'distress';
    // In a channel of its own: it was written in none, and is neither read, answered nor counted.
    const { id } = await store.messages.add({
      platform,
      communityId,
      channelId: `${AUTHORED}${communityId}`,
      externalId: `${AUTHORED}${requestId}`,
      personId: person.id,
      author: 'person',
      inReplyTo: null,
      text,
      trainable: trainingUseOf(training, platform) !== 'off',
    });
    const { outcome } = await recordChoice(parts, id, choice, request, context);
    return outcome === 'not-trainable' ? 'stored' : 'learned';
  }

  return {
    async correct(request, { moderator, language }) {
      const { platform, person, message } = request;
      if (await store.people.isLeftOut(platform, person.id)) throw new Refused('asker-left-out');
      const known = await findSubject(store, message);
      // Read in its own time: platforms give a dialog three seconds.
      const kept = known ?? (await conversation.receive({ ...message, addressed: false })).message;
      const words = sayDialog(trainingUseOf(training, platform), language);
      const dialog: Dialog = {
        id: `${DIALOG}${kept.id}`,
        title: words.title,
        submit: words.submit,
        label: {
          text: words.label,
          choices: CHOICES.map((value) => ({
            value,
            text: `${EMOJI_OF[value]} ${words.choices[value]}`,
          })),
        },
        ownText: moderator ? { text: words.ownText, hint: words.hint, maxLength: OWN_TEXT_CHARACTERS } : null,
      };
      return { text: words.label, private: true, dialog };
    },

    async dialog(request, context) {
      const { dialogId, label } = request;
      if (!dialogId.startsWith(DIALOG)) throw new Refused('unknown-message');
      const { text } = await recordChoice(parts, dialogId.slice(DIALOG.length), label, request, context);
      const ownText = ownTextOf(request.text);
      if (ownText === null) return privately(text);
      const kept = await keepOwnText(ownText, label, request, context);
      return privately(`${text}\n${sayOwnText(kept, context.language)}`);
    },
  };
}
