// Routes that answer interactions: the first answer, then the webhook of its token.
import {
  type APIInteractionResponse,
  type APIMessage,
  type APIModalInteractionResponseCallbackData,
  InteractionResponseType as Answer,
  InteractionType,
  MessageFlags,
  MessageType,
  RESTJSONErrorCodes as Code,
  type RESTPostAPIInteractionCallbackWithResponseResult,
} from 'discord-api-types/v10';
import { createMessage, deleteMessage } from '../actions/messages.js';
import type { Context } from '../context.js';
import { type MessageBody, type Pings } from '../draft.js';
import { FormErrors, invalidForm, refuse } from '../errors.js';
import type { Interaction } from '../interactions.js';
import { messagePayload, wholeContent } from '../message-payload.js';
import { NO_PINGS, type SentAnswer } from '../record.js';
import { isEphemeral, type Message } from '../world.js';
import { applyEdit, bodyOf, draftOf } from './message-body.js';
import { noContent, ok, type RestRequest, type UploadedFile } from './request.js';
import type { Route } from './router.js';

const MODAL_FIELDS = 5;
const ORIGINAL = '@original';
const MESSAGE = '/webhooks/:application/:token/messages/:message';

function checkModal(modal: APIModalInteractionResponseCallbackData): void {
  const errors = new FormErrors();
  if (!modal.title) errors.required('data.title');
  errors.longest('data.title', modal.title, 45);
  errors.longest('data.custom_id', modal.custom_id, 100);
  if (modal.components.length < 1 || modal.components.length > MODAL_FIELDS)
    errors.add('data.components', 'BASE_TYPE_BAD_LENGTH', `Must be between 1 and ${MODAL_FIELDS} in length.`);
  errors.settle();
}

export function interactionRoutes(context: Context): Route[] {
  const { world, interactions, sent } = context;
  const shown = (message: Message): APIMessage => messagePayload(world, message, wholeContent);

  function record(interaction: Interaction, how: SentAnswer['how'], answer: Partial<SentAnswer>): void {
    sent.answers.push({
      interactionId: interaction.id,
      how,
      type: null,
      ephemeral: false,
      content: answer.payload?.content ?? '',
      messageId: answer.payload?.id ?? null,
      pings: NO_PINGS,
      files: [],
      payload: null,
      modal: null,
      ...answer,
    });
  }

  /** Which answers Discord takes depends on what is answered. */
  function checkType(interaction: Interaction, type: Answer): void {
    const updates = type === Answer.DeferredMessageUpdate || type === Answer.UpdateMessage;
    const modal = type === Answer.Modal;
    const known =
      updates ||
      modal ||
      type === Answer.ChannelMessageWithSource ||
      type === Answer.DeferredChannelMessageWithSource;
    if (
      known &&
      !(updates && interaction.sourceId === null) &&
      !(modal && interaction.type === InteractionType.ModalSubmit)
    )
      return;
    throw invalidForm({
      type: {
        _errors: [{ code: 'BASE_TYPE_CHOICES', message: 'This interaction type cannot be answered so.' }],
      },
    });
  }

  const messageType = ({ metadata, type }: Interaction) => {
    if (type !== InteractionType.ApplicationCommand) return MessageType.Default;
    const menu = 'target_user' in metadata || 'target_message_id' in metadata;
    return menu ? MessageType.ContextMenuCommand : MessageType.ChatInputCommand;
  };

  function write(
    interaction: Interaction,
    body: MessageBody,
    files: UploadedFile[],
  ): { message: Message; pings: Pings } {
    const draft = draftOf(context, interaction.channelId, body, files, true);
    const message = createMessage(context, {
      ...draft,
      type: messageType(interaction),
      interaction: interaction.metadata,
    });
    return { message, pings: draft.pings };
  }

  /** A message that says the bot is thinking. */
  function think(interaction: Interaction, flags: number): Message {
    interaction.loading = true;
    return createMessage(context, {
      channelId: interaction.channelId,
      authorId: world.bot.id,
      content: '',
      pings: NO_PINGS,
      flags: MessageFlags.Loading | (flags & MessageFlags.Ephemeral),
      type: messageType(interaction),
      interaction: interaction.metadata,
    });
  }

  function source({ sourceId }: Interaction): Message {
    const message = world.messages.get(sourceId ?? '');
    if (!message) throw refuse(Code.UnknownMessage);
    return message;
  }

  function callback(request: RestRequest) {
    const interaction = interactions.byId(request.params['interaction'] ?? '');
    if (interaction?.token !== request.params['token'] || !interaction) throw refuse(Code.UnknownInteraction);
    if (interaction.answer) throw refuse(Code.InteractionHasAlreadyBeenAcknowledged);
    if (!interactions.awaits(interaction)) throw refuse(Code.UnknownInteraction);
    const response = (request.body ?? {}) as APIInteractionResponse;
    checkType(interaction, response.type);
    const data = ('data' in response ? response.data : undefined) ?? {};
    let message: Message | null = null;
    let pings: Pings = NO_PINGS;
    switch (response.type) {
      case Answer.ChannelMessageWithSource:
        ({ message, pings } = write(interaction, data as MessageBody, request.files));
        break;
      case Answer.DeferredChannelMessageWithSource:
        message = think(interaction, (data as MessageBody).flags ?? 0);
        break;
      case Answer.UpdateMessage:
        message = source(interaction);
        pings = applyEdit(context, message, data as MessageBody, request.files);
        break;
      case Answer.DeferredMessageUpdate:
        message = source(interaction);
        break;
      case Answer.Modal:
        checkModal(response.data);
        interaction.modal = response.data;
        break;
      case Answer.Pong:
      case Answer.ApplicationCommandAutocompleteResult:
      case Answer.PremiumRequired:
      case Answer.LaunchActivity:
        break;
    }
    const ephemeral = message !== null && isEphemeral(message);
    interaction.answer = { type: response.type, ephemeral };
    interaction.originalId = message?.id ?? null;
    record(interaction, 'callback', {
      type: response.type,
      ephemeral,
      pings,
      files: request.files,
      payload: message && shown(message),
      modal: interaction.modal,
    });
    if (request.query.get('with_response') !== 'true') return noContent;
    const result: RESTPostAPIInteractionCallbackWithResponseResult = {
      interaction: {
        id: interaction.id,
        type: interaction.type,
        ...(message
          ? {
              response_message_id: message.id,
              response_message_loading: interaction.loading,
              response_message_ephemeral: ephemeral,
            }
          : {}),
      },
      resource: { type: response.type, ...(message ? { message: shown(message) } : {}) },
    };
    return ok(result);
  }

  function ofToken(request: RestRequest): Interaction {
    const interaction = interactions.byToken(request.params['token'] ?? '');
    if (!interaction || request.params['application'] !== world.bot.id) throw refuse(Code.UnknownWebhook);
    if (interactions.expired(interaction)) throw refuse(Code.InvalidWebhookToken);
    // Before the first answer the webhook does not exist.
    if (!interaction.answer) throw refuse(Code.UnknownWebhook);
    return interaction;
  }

  function named(request: RestRequest): { interaction: Interaction; message: Message } {
    const interaction = ofToken(request);
    const asked = request.params['message'] ?? '';
    const id = asked === ORIGINAL ? interaction.originalId : asked;
    const own = id === interaction.originalId || interaction.followups.has(id ?? '');
    const message = world.messages.get(id ?? '');
    if (!message || !own) throw refuse(Code.UnknownMessage);
    return { interaction, message };
  }

  function edit(interaction: Interaction, message: Message, request: RestRequest): APIMessage {
    const pings = applyEdit(context, message, bodyOf(request), request.files);
    if (message.id === interaction.originalId) interaction.loading = false;
    const payload = shown(message);
    record(interaction, 'edit', { ephemeral: isEphemeral(message), pings, files: request.files, payload });
    return payload;
  }

  function followUp(request: RestRequest) {
    const interaction = ofToken(request);
    const original = world.messages.get(interaction.originalId ?? '');
    // Documented: right after a deferred answer this fills that answer instead, ephemeral or not as it was deferred.
    if (interaction.loading && original) return ok(edit(interaction, original, request));
    const { message, pings } = write(interaction, bodyOf(request), request.files);
    interaction.followups.add(message.id);
    const payload = shown(message);
    record(interaction, 'followup', {
      ephemeral: isEphemeral(message),
      pings,
      files: request.files,
      payload,
    });
    return ok(payload);
  }

  return [
    { method: 'POST', template: '/interactions/:interaction/:token/callback', open: true, answer: callback },
    { method: 'POST', template: '/webhooks/:application/:token', open: true, answer: followUp },
    { method: 'GET', template: MESSAGE, open: true, answer: (request) => ok(shown(named(request).message)) },
    {
      method: 'PATCH',
      template: MESSAGE,
      open: true,
      answer(request) {
        const { interaction, message } = named(request);
        return ok(edit(interaction, message, request));
      },
    },
    {
      method: 'DELETE',
      template: MESSAGE,
      open: true,
      answer(request) {
        const { interaction, message } = named(request);
        deleteMessage(context, message);
        record(interaction, 'delete', { ephemeral: isEphemeral(message), messageId: message.id });
        return noContent;
      },
    },
  ];
}
