// Commands, message menus, buttons and dialogs: acknowledged at once, asked of Nunchi, answered where they came from.
import type { App, RespondFn } from '@slack/bolt';
import type { AdapterHub } from '../../../src/chat/adapter.js';
import { requestOf } from '../../../src/chat/command-catalog.js';
import { parseCommand } from '../../../src/chat/command-line.js';
import type { Asker, ChatAnswer, ChatRequest } from '../../../src/chat/requests.js';
import { NunchiError } from '../../../src/errors.js';
import type { Logger } from '../../../src/log.js';
import { isUnknownMethod, refusalOf, type SlackApi } from '../api.js';
import type { People } from '../people.js';
import type { Translator } from '../translate/events.js';
import { otherTeamOf, translateMessage, type MessageLike, type Place } from '../translate/message.js';
import { plainText } from '../translate/text.js';
import { createAnswerer, type Asked } from './answer.js';
import { DIALOG, modalOf, submittedOf } from './dialog.js';
import { CLOSE, NO_DIALOG, OTHER_ORGANISATION, TOO_LATE } from './texts.js';

export const COMMAND = '/nunchi';
/** Callback ids of the message menu, by what each asks for. */
export const SHORTCUTS = { nunchi_read: 'read', nunchi_why: 'why', nunchi_correct: 'correct' } as const;

export interface InteractionsConfig {
  app: App;
  api: SlackApi;
  hub: Pick<AdapterHub, 'request'>;
  people: People;
  translator: Translator;
  logger: Logger;
}

/** What every interaction says of where it comes from. */
interface Source {
  personId: string;
  place: Place;
  requestId: string;
  respond: RespondFn | null;
}

/** Other servers that speak Slack's API may leave out what its types promise. */
const respondOf = (respond: RespondFn | undefined) => respond ?? null;
const teamOf = (team: { id: string } | null | undefined) => (team ? { team_id: team.id } : undefined);

export function registerInteractions(config: InteractionsConfig): void {
  const { app, api, hub, people, translator, logger } = config;
  const { context } = translator;
  const answer = createAnswerer({ api, logger });

  async function askerOf({ personId, place, requestId }: Source): Promise<Asker> {
    const { person, language } = await people.get(personId);
    const { communityId, channelId } = place;
    return { platform: 'slack', communityId, channelId, person, language, requestId };
  }

  const askedOf = ({ respond }: Source, { person, channelId, language }: Asker): Asked => ({
    personId: person.id,
    channelId,
    language,
    respond,
  });

  async function handle(source: Source, make: (asker: Asker) => ChatRequest | string): Promise<ChatAnswer> {
    const asker = await askerOf(source);
    const given = await resolve(asker, make);
    if (given.dialog === undefined) await answer(askedOf(source, asker), given);
    return given;
  }

  async function resolve(asker: Asker, make: (asker: Asker) => ChatRequest | string): Promise<ChatAnswer> {
    try {
      const request = make(asker);
      return typeof request === 'string' ? { text: request, private: true } : await hub.request(request);
    } catch (error) {
      // What a person typed wrongly is explained in their language.
      if (!(error instanceof NunchiError)) throw error;
      return {
        text: error.hint === undefined ? error.message : `${error.message}\n${error.hint}`,
        private: true,
      };
    }
  }

  app.command(COMMAND, async ({ command, ack, respond }) => {
    await ack();
    const place = translator.placeIn(command.channel_id, { team_id: command.team_id });
    const source = {
      personId: command.user_id,
      place,
      requestId: command.trigger_id,
      respond: respondOf(respond),
    };
    await handle(source, (asker) => {
      const { name, values } = parseCommand(command.text, asker.language);
      const request = requestOf(asker, name, values);
      return request.type === 'check'
        ? { ...request, text: plainText(request.text, context.identity.userId) }
        : request;
    });
  });

  app.shortcut({ callback_id: /^nunchi_/, type: 'message_action' }, async ({ shortcut, ack, respond }) => {
    await ack();
    const type = Object.entries(SHORTCUTS).find(([id]) => id === shortcut.callback_id)?.[1];
    if (type === undefined) return;
    const { channel, user, team, trigger_id: trigger } = shortcut;
    const place = translator.placeIn(channel.id, teamOf(team));
    const source = { personId: user.id, place, requestId: trigger, respond: respondOf(respond) };
    const message = shortcut.message as MessageLike;
    const given = await handle(source, (asker) => {
      if (message.bot_id === undefined && isForeign(message)) return OTHER_ORGANISATION[asker.language];
      return { ...asker, type, message: translateMessage(message, place, context, asker.language) };
    });
    if (given.dialog !== undefined) await openDialog(source, trigger, given.dialog);
  });

  const isForeign = (message: MessageLike) =>
    context.identity.enterpriseId === null && otherTeamOf(message, context.identity) !== null;

  async function openDialog(source: Source, trigger: string, dialog: NonNullable<ChatAnswer['dialog']>) {
    const asker = await askerOf(source);
    const { communityId, channelId } = source.place;
    try {
      const view = modalOf(dialog, { communityId, channelId }, CLOSE[asker.language]);
      await api.write.views.open({ trigger_id: trigger, view });
    } catch (error) {
      const code = refusalOf(error)?.code ?? null;
      logger.warn('a dialog could not be opened', { platform: 'slack', code, error });
      const text = (isUnknownMethod(error) ? NO_DIALOG : TOO_LATE)[asker.language];
      await answer(askedOf(source, asker), { text, private: true });
    }
  }

  app.action({ type: 'block_actions' }, async ({ action, body, ack, respond }) => {
    await ack();
    const buttonId = 'value' in action ? action.value : undefined;
    const channelId =
      body.channel?.id ??
      ('channel_id' in body.container ? (body.container.channel_id as string) : undefined);
    if (buttonId === undefined || channelId === undefined) return;
    const place = translator.placeIn(channelId, teamOf(body.team));
    const requestId = body.trigger_id;
    const source = { personId: body.user.id, place, requestId, respond: respondOf(respond) };
    await handle(source, (asker) => ({ ...asker, type: 'button', buttonId }));
  });

  app.view(DIALOG, async ({ view, body, ack }) => {
    await ack();
    const submitted = submittedOf(view);
    if (submitted === null) return;
    const { dialogId, label, text, communityId, channelId } = submitted;
    const place = { ...translator.placeIn(channelId), communityId };
    const source = { personId: body.user.id, place, requestId: view.id, respond: null };
    await handle(source, (asker) => ({ ...asker, type: 'dialog', dialogId, label, text }));
  });
}
