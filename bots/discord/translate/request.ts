// What a person asks by a command, a menu, a button or the dialog, as Nunchi's request.
import {
  type APIApplicationCommandInteractionDataOption,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageApplicationCommandInteraction,
  type APIModalSubmitInteraction,
  ApplicationCommandOptionType as OptionType,
  ApplicationCommandType,
  ComponentType,
  type InteractionType as Types,
  InteractionType,
  PermissionFlagsBits,
} from 'discord.js';
import {
  type CommandName,
  COMMANDS,
  type CommandValues,
  MESSAGE_MENU,
  requestOf,
} from '../../../src/chat/command-catalog.js';
import type { Asker, ChatRequest } from '../../../src/chat/requests.js';
import { LABELS } from '../../../src/labels.js';
import { COMMAND } from '../commands.js';
import { isThread, languageOfLocale, placeOf } from '../places.js';
import { filledIn } from './components.js';
import { anyMessage, type MessageContext } from './message.js';
import { plainText, typedEmoji } from './text.js';

/** What does not come with the interaction. */
export interface RequestContext extends Pick<MessageContext, 'self' | 'trainable' | 'messageContent'> {
  /** By the roles; for interactions that do not say what a member may do. */
  moderates: (asker: Asker) => boolean;
}

/**
 * @returns null for what is not Nunchi's (any more), such as a command of an earlier version
 * @throws NunchiError `invalid-input`, in the language of the person, for options that mean nothing
 */
export function requestOfInteraction(
  interaction: APIInteraction,
  context: RequestContext,
): ChatRequest | null {
  const told = askerOf(interaction);
  const asker =
    interaction.member?.permissions === undefined
      ? { ...told, person: { ...told.person, moderates: context.moderates(told) } }
      : told;
  switch (interaction.type) {
    case InteractionType.ApplicationCommand:
      if (interaction.data.type === ApplicationCommandType.ChatInput)
        return commandRequest(asker, interaction as APIChatInputApplicationCommandInteraction);
      if (interaction.data.type === ApplicationCommandType.Message)
        return menuRequest(asker, interaction as APIMessageApplicationCommandInteraction, context);
      return null;
    case InteractionType.MessageComponent:
      return interaction.data.component_type === ComponentType.Button
        ? { ...asker, type: 'button', buttonId: interaction.data.custom_id }
        : null;
    case InteractionType.ModalSubmit:
      return dialogRequest(asker, interaction);
    case InteractionType.ApplicationCommandAutocomplete:
    case InteractionType.Ping:
      return null;
  }
}

export function askerOf(interaction: Exclude<APIInteraction, { type: Types.Ping }> | APIInteraction): Asker {
  const { id, member, user, guild_id, channel_id, channel } = interaction as APIModalSubmitInteraction;
  const permissions = BigInt(member?.permissions ?? 0);
  const moderating = PermissionFlagsBits.ManageMessages | PermissionFlagsBits.Administrator;
  return {
    ...placeOf(guild_id, channel_id ?? channel?.id ?? ''),
    person: {
      id: (member?.user ?? user)?.id ?? '',
      roleIds: member?.roles ?? [],
      moderates: (permissions & moderating) !== 0n,
    },
    language: languageOfLocale(localeOf(interaction)),
    requestId: id,
  };
}

const localeOf = (interaction: APIInteraction) => ('locale' in interaction ? interaction.locale : undefined);

function commandRequest(
  asker: Asker,
  { data }: APIChatInputApplicationCommandInteraction,
): ChatRequest | null {
  const [sub] = data.options ?? [];
  if (data.name !== COMMAND || sub?.type !== OptionType.Subcommand) return null;
  const command = COMMANDS.find(({ name }) => name === sub.name);
  return command ? requestOf(asker, command.name, valuesOf(command.name, sub.options ?? [])) : null;
}

function valuesOf(
  command: CommandName,
  options: readonly APIApplicationCommandInteractionDataOption<Types.ApplicationCommand>[],
): CommandValues {
  const entries = options.flatMap((option): [string, string | boolean][] => {
    if (option.type === OptionType.Boolean) return [[option.name, option.value]];
    if (option.type !== OptionType.String) return [];
    return [[option.name, command === 'check' ? plainText(option.value) : typedEmoji(option.value)]];
  });
  return Object.fromEntries(entries);
}

function menuRequest(
  asker: Asker,
  { data, guild_locale, ...interaction }: APIMessageApplicationCommandInteraction,
  context: RequestContext,
): ChatRequest | null {
  // Other servers that speak Discord's API may leave it out.
  const { channel } = interaction as Pick<Partial<APIMessageApplicationCommandInteraction>, 'channel'>;
  const menu = MESSAGE_MENU.find(({ name }) => name.en === data.name);
  const target = data.resolved.messages[data.target_id];
  if (!menu || !target) return null;
  const { platform, communityId, channelId } = asker;
  const message = anyMessage(target, {
    ...context,
    place: { platform, communityId, channelId },
    direct: communityId.startsWith('dm:'),
    thread: isThread(channel?.type),
    parentId:
      channel && isThread(channel.type) && 'parent_id' in channel ? (channel.parent_id ?? null) : null,
    language: languageOfLocale(guild_locale),
  });
  return { ...asker, type: menu.request, message };
}

function dialogRequest(asker: Asker, { data }: APIModalSubmitInteraction): ChatRequest | null {
  const { label: chosen, text } = filledIn(data.components);
  const label = [...LABELS, 'forget' as const].find((one) => one === chosen);
  if (label === undefined) return null;
  return { ...asker, type: 'dialog', dialogId: data.custom_id, label, text: text?.trim() || null };
}
