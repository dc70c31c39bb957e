// Answers commands, menus, buttons and dialogs: at once where the answer is there in time, else by first saying that it
// comes. Tokens of interactions are used without the bot's own: discord.js would give that up when one has expired.
import {
  type APIInteraction,
  InteractionResponseType as Answer,
  InteractionType,
  MessageFlags,
  type RawFile,
  type REST,
  RESTJSONErrorCodes as Code,
  Routes,
} from 'discord.js';
import type { AnswerRequest, ChatAnswer, ChatRequest } from '../../src/chat/requests.js';
import { NunchiError } from '../../src/errors.js';
import type { Logger } from '../../src/log.js';
import { codeOf, described, fileOf } from './send.js';
import { buttonRows, modalOf } from './translate/components.js';
import { askerOf, requestOfInteraction, type RequestContext } from './translate/request.js';
import { FLAGS, NO_MENTIONS, shownText } from './translate/text.js';

export interface InteractionsConfig {
  rest: REST;
  request: AnswerRequest;
  contextOf: (guildId: string | undefined) => RequestContext;
  logger: Logger;
  /** After this long Discord is told that the answer comes later; it waits 3 seconds. */
  deferAfterMs: number;
}

type Interaction = Pick<APIInteraction, 'id' | 'token' | 'application_id' | 'type' | 'message'>;
/** What Discord was told before the answer: whether one is shown as coming, and to whom. */
type Deferred = { kind: 'thinking'; private: boolean } | { kind: 'source' };

const OLD = {
  ko: '이 명령이나 버튼은 더 이상 쓰이지 않아요. /nunchi help 를 봐 주세요.',
  en: 'This command or button is no longer in use; see /nunchi help.',
};

/** Never rejects. */
export function createInteractions(
  config: InteractionsConfig,
): (interaction: APIInteraction) => Promise<void> {
  const { rest, request, contextOf, logger, deferAfterMs } = config;

  const callback = ({ id, token }: Interaction, type: Answer, data?: object, files: RawFile[] = []) =>
    rest.post(Routes.interactionCallback(id, token), {
      auth: false,
      body: { type, ...(data && { data }) },
      files,
    });
  const original = ({ application_id, token }: Interaction) => Routes.webhookMessage(application_id, token);
  const followUp = ({ application_id, token }: Interaction, body: object, files: RawFile[]) =>
    rest.post(Routes.webhook(application_id, token), { auth: false, body, files });

  /** null where the answer is there in time. */
  async function deferred(
    interaction: Interaction,
    asked: ChatRequest,
    answering: Promise<ChatAnswer>,
  ): Promise<Deferred | null> {
    // A dialog cannot come after anything else; Nunchi answers this one without a model.
    if (asked.type === 'correct') return null;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, deferAfterMs, 'late')));
    const first = await Promise.race([answering, late]);
    clearTimeout(timer);
    if (first !== 'late') return null;
    if (interaction.message !== undefined) {
      await callback(interaction, Answer.DeferredMessageUpdate);
      return { kind: 'source' };
    }
    const shown = asked.type === 'report' && asked.share;
    await callback(interaction, Answer.DeferredChannelMessageWithSource, {
      flags: shown ? 0 : MessageFlags.Ephemeral,
    });
    return { kind: 'thinking', private: !shown };
  }

  async function answerAtOnce(interaction: Interaction, answer: ChatAnswer): Promise<void> {
    if (answer.dialog && interaction.type !== InteractionType.ModalSubmit) {
      await callback(interaction, Answer.Modal, modalOf(answer.dialog));
      return;
    }
    const replaces = answer.replace === true && interaction.message !== undefined;
    const type = replaces ? Answer.UpdateMessage : Answer.ChannelMessageWithSource;
    await callback(interaction, type, bodyOf(answer, replaces), filesOf(answer));
  }

  async function answerLater(interaction: Interaction, answer: ChatAnswer, before: Deferred): Promise<void> {
    const files = filesOf(answer);
    const fits = before.kind === 'source' ? answer.replace === true : before.private === answer.private;
    if (fits) {
      await rest.patch(original(interaction), { auth: false, body: bodyOf(answer, true), files });
      return;
    }
    // Who sees an answer is settled when it is announced: the announcement gives way to another message.
    if (before.kind === 'thinking') await rest.delete(original(interaction), { auth: false });
    await followUp(interaction, bodyOf(answer, false), files);
  }

  async function handle(interaction: APIInteraction): Promise<void> {
    const asked = requestOfInteraction(interaction, contextOf(interaction.guild_id));
    if (asked === null) {
      const { language } = askerOf(interaction);
      return answerAtOnce(interaction, { text: OLD[language], private: true });
    }
    const answering = request(asked);
    const before = await deferred(interaction, asked, answering);
    const answer = await answering;
    return before === null ? answerAtOnce(interaction, answer) : answerLater(interaction, answer, before);
  }

  return async (interaction) => {
    if (
      interaction.type === InteractionType.Ping ||
      interaction.type === InteractionType.ApplicationCommandAutocomplete
    )
      return;
    try {
      await handle(interaction).catch((error: unknown) => {
        // What a person typed into an option and means nothing.
        if (!(error instanceof NunchiError) || error.code !== 'invalid-input') throw error;
        const text = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
        return answerAtOnce(interaction, { text, private: true });
      });
    } catch (error) {
      const code = codeOf(error);
      // It was answered before: the same interaction was delivered again, or only the word of it got lost.
      if (code === Code.InteractionHasAlreadyBeenAcknowledged) return;
      logger.warn('an interaction could not be answered', { id: interaction.id, code: code ?? null, error });
    }
  };
}

const filesOf = ({ attachment }: ChatAnswer): RawFile[] => (attachment ? [fileOf(attachment)] : []);

/** @param edits an existing message, whose buttons and files are to go where the answer has none */
function bodyOf(answer: ChatAnswer, edits: boolean): object {
  const { text, buttons, attachment } = answer;
  const flags = edits ? {} : { flags: answer.private ? FLAGS | MessageFlags.Ephemeral : FLAGS };
  return {
    content: shownText(text),
    allowed_mentions: NO_MENTIONS,
    ...flags,
    ...(buttons || edits ? { components: buttonRows(buttons ?? []) } : {}),
    ...(attachment ? described(attachment) : edits ? { attachments: [] } : {}),
  };
}
