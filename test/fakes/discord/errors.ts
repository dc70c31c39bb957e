// The error answers of Discord's REST interface: `{ code, message }`, and for a bad form the tree of what is wrong.
import { RESTJSONErrorCodes as Code } from 'discord-api-types/v10';

export interface FieldError {
  code: string;
  message: string;
}

export interface ErrorTree {
  [key: string]: ErrorTree | FieldError[];
}

const ANSWERS = {
  [Code.UnknownApplication]: [404, 'Unknown Application'],
  [Code.UnknownChannel]: [404, 'Unknown Channel'],
  [Code.UnknownGuild]: [404, 'Unknown Guild'],
  [Code.UnknownMember]: [404, 'Unknown Member'],
  [Code.UnknownMessage]: [404, 'Unknown Message'],
  [Code.UnknownRole]: [404, 'Unknown Role'],
  [Code.UnknownUser]: [404, 'Unknown User'],
  [Code.UnknownEmoji]: [400, 'Unknown Emoji'],
  [Code.UnknownWebhook]: [404, 'Unknown Webhook'],
  [Code.UnknownInteraction]: [404, 'Unknown interaction'],
  [Code.UnknownApplicationCommand]: [404, 'Unknown application command'],
  [Code.NotAuthorizedToPerformThisActionOnThisApplication]: [
    403,
    'You are not authorized to perform this action on this application',
  ],
  [Code.MaximumNumberOfReactionsReached]: [400, 'Maximum number of reactions reached (20)'],
  [Code.MaximumDailyApplicationCommandCreatesReached]: [
    400,
    'Max number of daily application command creates has been reached (200)',
  ],
  [Code.Unauthorized]: [401, 'Unauthorized. Provide a valid token and try again'],
  [Code.RequestEntityTooLarge]: [413, 'Request entity too large'],
  [Code.InteractionHasAlreadyBeenAcknowledged]: [400, 'Interaction has already been acknowledged.'],
  [Code.MissingAccess]: [403, 'Missing Access'],
  [Code.CannotEditMessageAuthoredByAnotherUser]: [403, 'Cannot edit a message authored by another user'],
  [Code.CannotSendAnEmptyMessage]: [400, 'Cannot send an empty message'],
  [Code.CannotSendMessagesToThisUser]: [403, 'Cannot send messages to this user'],
  [Code.MissingPermissions]: [403, 'Missing Permissions'],
  [Code.InvalidWebhookToken]: [401, 'Invalid Webhook Token'],
  [Code.InvalidFormBodyOrContentType]: [400, 'Invalid Form Body'],
  [Code.RequestBodyContainsInvalidJSON]: [400, 'The request body contains invalid JSON.'],
  [Code.CannotReplyWithoutPermissionToReadMessageHistory]: [
    400,
    'Cannot reply without permission to read message history',
  ],
} satisfies Partial<Record<Code, [status: number, message: string]>>;

export type ErrorCode = keyof typeof ANSWERS;

/** Thrown anywhere below a route; the server answers with it. */
export class DiscordError extends Error {
  constructor(
    readonly status: number,
    readonly body: { code: number; message: string; errors?: ErrorTree },
  ) {
    super(`${body.code} ${body.message}`);
  }
}

export function refuse(code: ErrorCode): DiscordError {
  const [status, message] = ANSWERS[code];
  return new DiscordError(status, { code, message });
}

export const invalidForm = (errors: ErrorTree): DiscordError =>
  new DiscordError(400, { ...refuse(Code.InvalidFormBodyOrContentType).body, errors });

/** An answer that has no code of its own, such as 401, 404 and 405 at the door. */
export const plain = (status: number, message: string): DiscordError =>
  new DiscordError(status, { code: 0, message: `${status}: ${message}` });

/** Collects what is wrong with a body, under paths like `embeds.0.title`. */
export class FormErrors {
  private tree: ErrorTree = {};

  add(path: string, code: string, message: string): void {
    let node = this.tree;
    for (const key of path.split('.')) {
      const next = (node[key] ??= {});
      if (Array.isArray(next)) return;
      node = next;
    }
    ((node['_errors'] ??= []) as FieldError[]).push({ code, message });
  }

  /** Adds an error when the text is longer than this. */
  longest(path: string, text: string | null | undefined, max: number): void {
    if ([...(text ?? '')].length > max)
      this.add(path, 'BASE_TYPE_MAX_LENGTH', `Must be ${max} or fewer in length.`);
  }

  required(path: string): void {
    this.add(path, 'BASE_TYPE_REQUIRED', 'This field is required');
  }

  /** @throws DiscordError 50035 when there was any. */
  settle(): void {
    if (Object.keys(this.tree).length > 0) throw invalidForm(this.tree);
  }
}
