// From a body that the bot sent to a message: for channels and for answers to interactions alike.
import { MessageFlags } from 'discord-api-types/v10';
import { attachmentsOf, type Draft, editMessage, type MessageChange } from '../actions/messages.js';
import type { Context } from '../context.js';
import { checkMessage, checkNotEmpty, type MessageBody, type Pings, pingsOf } from '../draft.js';
import type { Message } from '../world.js';
import type { RestRequest, UploadedFile } from './request.js';

/** Of the flags only these can be set when sending; answers to interactions may be ephemeral too. */
const SENDABLE =
  MessageFlags.SuppressEmbeds | MessageFlags.SuppressNotifications | MessageFlags.IsComponentsV2;

export const bodyOf = (request: RestRequest): MessageBody => request.body ?? {};

/** @throws DiscordError 50035, 50006, 40005 */
export function draftOf(
  context: Context,
  channelId: string,
  body: MessageBody,
  files: UploadedFile[],
  mayBeEphemeral = false,
): Draft {
  checkMessage(body, files);
  checkNotEmpty(body, files.length);
  const flags = (body.flags ?? 0) & (mayBeEphemeral ? SENDABLE | MessageFlags.Ephemeral : SENDABLE);
  return {
    channelId,
    authorId: context.world.bot.id,
    content: body.content ?? '',
    pings: pingsOf(body.content ?? '', body.allowed_mentions),
    attachments: attachmentsOf(context, channelId, files, body.attachments ?? []),
    embeds: body.embeds ?? [],
    components: body.components ?? [],
    flags,
    nonce: body.nonce ?? null,
  };
}

/**
 * What is not in the body stays as it was; an edit notifies nobody.
 * @throws DiscordError 50035, 50006, 40005
 */
export function applyEdit(
  context: Context,
  message: Message,
  body: MessageBody,
  files: UploadedFile[],
): Pings {
  checkMessage(body, files);
  const change: MessageChange = { flags: message.flags & ~MessageFlags.Loading };
  const pings = pingsOf(body.content ?? message.content, body.allowed_mentions);
  if (body.content !== undefined) {
    change.content = body.content ?? '';
    change.mentions = pings.users.filter((id) => context.world.users.has(id));
    change.mentionRoles = pings.roles;
  }
  if (body.embeds !== undefined) change.embeds = body.embeds ?? [];
  if (body.components !== undefined) change.components = body.components ?? [];
  if (body.attachments != null || files.length > 0) {
    const kept = message.attachments.filter(
      ({ id }) => !body.attachments || body.attachments.some((one) => String(one.id) === id),
    );
    change.attachments = [
      ...kept,
      ...attachmentsOf(context, message.channelId, files, body.attachments ?? []),
    ];
  }
  const { content, embeds, components, attachments } = { ...message, ...change };
  checkNotEmpty({ content, embeds, components, flags: message.flags }, attachments.length);
  editMessage(context, message, change);
  return pings;
}
