// Everything that people ask of Nunchi comes through here: who may ask, in which language, and what is said when it fails.
import { serializeError } from '../../errors.js';
import type { AnswerRequest, ChatRequest } from '../requests.js';
import { isModerator } from '../settings.js';
import { sayHelp } from '../wording.js';
import { createCorrectionHandlers } from './corrections.js';
import type { PressHandler, RequestHandler, RequestHandlers } from './handler.js';
import { privately, type RequestParts } from './parts.js';
import { moderatorsOnly } from './permissions.js';
import { createQueueHandlers } from './queue.js';
import { createReadingHandlers } from './readings.js';
import { Refused, sayError } from './refusals.js';
import { sayCommands } from './wording-help.js';

type OwnRequest = 'help' | 'check' | 'read' | 'why' | 'correct' | 'dialog' | 'queue' | 'button';

export interface RequestsConfig extends RequestParts {
  /** What answers the rest; a request that nobody answers is not to be had in this installation. */
  handlers: Partial<Omit<RequestHandlers, OwnRequest>>;
  /** Their buttons, by what stands before the colon of the id. */
  buttons?: Readonly<Partial<Record<string, PressHandler>>>;
}

export function createRequests(config: RequestsConfig): AnswerRequest {
  const queue = createQueueHandlers(config);
  const buttons: NonNullable<RequestsConfig['buttons']> = {
    ...config.buttons,
    queue: queue.press,
    ask: queue.press,
  };
  const handlers: Partial<RequestHandlers> = {
    ...config.handlers,
    ...createReadingHandlers(config),
    ...createCorrectionHandlers(config),
    queue: queue.answer,
    button(request, context) {
      const [group = ''] = request.buttonId.split(':', 1);
      const press = Object.hasOwn(buttons, group) ? buttons[group] : undefined;
      if (press === undefined) throw new Refused('unknown-button');
      return press(request.buttonId, request, context);
    },
    help: (_request, { moderator, language }) =>
      Promise.resolve(privately(`${sayHelp(language)}\n\n${sayCommands(moderator, language)}`)),
  };

  return async (request) => {
    const { platform, communityId, person } = request;
    let { language } = request;
    try {
      const settings = await config.settings.get(platform, communityId);
      if (settings.language !== 'auto') language = settings.language;
      const moderator = isModerator(settings, person);
      const refusal = moderator ? null : moderatorsOnly(request);
      if (refusal !== null) throw new Refused(refusal);
      const handle = handlers[request.type] as RequestHandler<ChatRequest['type']> | undefined;
      if (handle === undefined) throw new Refused('unavailable');
      return await handle(request, { settings, moderator, language });
    } catch (error) {
      const { text, fault } = sayError(error, language);
      if (fault) config.logger.error('request not answered', { platform, code: serializeError(error).code });
      return privately(text);
    }
  };
}
