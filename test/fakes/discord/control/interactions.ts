// People who use the bot's commands, menus, buttons, selects and dialogs. What Discord's own client would not let a
// person do throws, so that a test cannot pass on it.
import {
  type APIApplicationCommand,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  type APIMessageApplicationCommandInteraction,
  type APIMessageComponentInteraction,
  type APIMessageInteractionMetadata,
  type APIMessageSelectMenuInteractionData,
  type APIModalSubmitInteraction,
  type APIUserApplicationCommandInteraction,
  ApplicationCommandType,
  ComponentType,
  GatewayDispatchEvents as Event,
  InteractionType,
  Locale,
} from 'discord-api-types/v10';
import type { Context } from '../context.js';
import { flatten } from '../draft.js';
import { integrationOwners, interactionBase, type Named, resolve } from '../interaction-payload.js';
import { messagePayload, wholeContent } from '../message-payload.js';
import { permissionsIn } from '../permissions.js';
import { type Channel, known, type Message } from '../world.js';
import { buildOptions, namedByOptions, type OptionValues } from './command-options.js';
import { fillModal, type ModalFields } from './modal-fields.js';

/** Each returns the interaction's id, by which `sent.answers` names it. */
export interface Actions {
  /** @param name With its subcommand, if any: `settings mode`. */
  command(channelId: string, userId: string, name: string, options?: OptionValues, locale?: Locale): string;
  /** A message's or a person's context menu; of a person the channel is where it was opened. */
  menu(
    target: { messageId: string } | { userId: string; channelId: string },
    userId: string,
    name: string,
    locale?: Locale,
  ): string;
  press(messageId: string, userId: string, customId: string, locale?: Locale): string;
  select(messageId: string, userId: string, customId: string, values: string[], locale?: Locale): string;
  /** Sends off the dialog that answered this interaction, as the same person. */
  submit(interactionId: string, fields: ModalFields, locale?: Locale): string;
}

interface Begin {
  channel: Channel;
  userId: string;
  type: InteractionType;
  metadata: Record<string, unknown>;
  sourceId?: string;
  locale: Locale | undefined;
}

export function createActions(context: Context): Actions {
  const { world, dispatch, interactions } = context;
  const channelOf = (id: string) => known(world.channels, id, 'channel');

  function begin<T extends APIInteraction>(
    { channel, userId, type, metadata, sourceId, locale }: Begin,
    fill: (base: ReturnType<typeof interactionBase>) => T,
  ): string {
    const { guildId } = channel;
    const id = world.ids.next();
    const user = known(world.users, userId, 'user');
    const owners = { authorizing_integration_owners: integrationOwners(guildId) };
    const interaction = interactions.begin({
      id,
      type,
      userId,
      channelId: channel.id,
      guildId,
      sourceId: sourceId ?? null,
      metadata: { id, type, user, ...owners, ...metadata } as APIMessageInteractionMetadata,
    });
    const payload = fill(interactionBase(world, channel, userId, interaction, locale ?? Locale.EnglishUS));
    dispatch(Event.InteractionCreate, { guildId }, () => payload);
    return id;
  }

  function registered(channel: Channel, userId: string, type: ApplicationCommandType, name: string) {
    const scopes = [channel.guildId ?? '', ''].map((id) => [...(world.commands.get(id)?.values() ?? [])]);
    const command = scopes.flat().find((one) => one.type === type && one.name === name);
    if (!command) throw new Error(`no command ${name} is registered here`);
    const needed = BigInt(command.default_member_permissions ?? 0);
    if (channel.guildId !== null && (permissionsIn(world, channel, userId) & needed) !== needed)
      throw new Error(`Discord does not show the command ${name} to user ${userId}`);
    return command;
  }

  const commandData = <T extends ApplicationCommandType>(command: APIApplicationCommand, type: T) => ({
    id: command.id,
    type,
    name: command.name,
    ...(command.guild_id === undefined ? {} : { guild_id: command.guild_id }),
  });

  function component(messageId: string, customId: string, fits: (type: ComponentType) => boolean) {
    const message = known(world.messages, messageId, 'message');
    const found = flatten(message.components).find((one) => one.custom_id === customId && fits(one.type));
    if (!found || found.disabled === true)
      throw new Error(`message ${messageId} has no such component ${customId} that can be used`);
    return { message, ...found };
  }

  function use(
    message: Message,
    userId: string,
    data: APIMessageComponentInteraction['data'],
    locale: Locale | undefined,
  ): string {
    const channel = channelOf(message.channelId);
    const metadata = { interacted_message_id: message.id };
    const type = InteractionType.MessageComponent;
    return begin<APIMessageComponentInteraction>(
      { channel, userId, type, metadata, sourceId: message.id, locale },
      (base) => ({ ...base, type, data, message: messagePayload(world, message, wholeContent) }),
    );
  }

  const type = InteractionType.ApplicationCommand;
  return {
    command(channelId, userId, fullName, values = {}, locale) {
      const channel = channelOf(channelId);
      const [name = '', ...path] = fullName.split(' ');
      const command = registered(channel, userId, ApplicationCommandType.ChatInput, name);
      const options = buildOptions(command.options ?? [], path, values);
      const resolved = resolve(world, channel, userId, namedByOptions(options));
      return begin<APIChatInputApplicationCommandInteraction>(
        { channel, userId, type, metadata: {}, locale },
        (base) => ({
          ...base,
          type,
          data: {
            ...commandData(command, ApplicationCommandType.ChatInput),
            ...(options.length > 0 ? { options } : {}),
            ...(Object.keys(resolved).length > 0 ? { resolved } : {}),
          },
        }),
      );
    },
    menu(target, userId, name, locale) {
      if ('messageId' in target) {
        const message = known(world.messages, target.messageId, 'message');
        const channel = channelOf(message.channelId);
        const command = registered(channel, userId, ApplicationCommandType.Message, name);
        const metadata = { target_message_id: message.id };
        const messages = { [message.id]: messagePayload(world, message, wholeContent) };
        const data = commandData(command, ApplicationCommandType.Message);
        return begin<APIMessageApplicationCommandInteraction>(
          { channel, userId, type, metadata, locale },
          (base) => ({ ...base, type, data: { ...data, target_id: message.id, resolved: { messages } } }),
        );
      }
      const channel = channelOf(target.channelId);
      const command = registered(channel, userId, ApplicationCommandType.User, name);
      const { users = {}, members } = resolve(world, channel, userId, { users: [target.userId] });
      const metadata = { target_user: users[target.userId] };
      const data = commandData(command, ApplicationCommandType.User);
      const resolved = { users, ...(members ? { members } : {}) };
      return begin<APIUserApplicationCommandInteraction>(
        { channel, userId, type, metadata, locale },
        (base) => ({ ...base, type, data: { ...data, target_id: target.userId, resolved } }),
      );
    },
    press(messageId, userId, customId, locale) {
      const { message } = component(messageId, customId, (found) => found === ComponentType.Button);
      return use(message, userId, { custom_id: customId, component_type: ComponentType.Button }, locale);
    },
    select(messageId, userId, customId, values, locale) {
      const {
        message,
        type: kind,
        options,
      } = component(messageId, customId, (one) => one !== ComponentType.Button);
      const channel = channelOf(message.channelId);
      const odd = options && values.find((value) => !options.some((option) => option.value === value));
      if (odd !== undefined) throw new Error(`the select ${customId} has no choice ${odd}`);
      const isRole = (id: string) => world.guilds.get(channel.guildId ?? '')?.roles.has(id) === true;
      const mentioned = { roles: values.filter(isRole), users: values.filter((id) => !isRole(id)) };
      const named = new Map<ComponentType, Named>([
        [ComponentType.UserSelect, { users: values }],
        [ComponentType.RoleSelect, { roles: values }],
        [ComponentType.ChannelSelect, { channels: values }],
        [ComponentType.MentionableSelect, mentioned],
      ]).get(kind);
      const resolved = named ? { resolved: resolve(world, channel, userId, named) } : {};
      const data = { custom_id: customId, component_type: kind, values, ...resolved };
      return use(message, userId, data as APIMessageSelectMenuInteractionData, locale);
    },
    submit(interactionId, fields, locale) {
      const opener = interactions.byId(interactionId);
      if (!opener?.modal) throw new Error(`no dialog answered interaction ${interactionId}`);
      const { modal, userId, sourceId } = opener;
      const source = world.messages.get(sourceId ?? '');
      const channel = channelOf(opener.channelId);
      const metadata = { triggering_interaction_metadata: opener.metadata };
      const data = { custom_id: modal.custom_id, components: fillModal(modal, fields) };
      const submit = InteractionType.ModalSubmit;
      return begin<APIModalSubmitInteraction>(
        { channel, userId, type: submit, metadata, ...(source ? { sourceId: source.id } : {}), locale },
        (base) => ({
          ...base,
          type: submit,
          data,
          ...(source ? { message: messagePayload(world, source, wholeContent) } : {}),
        }),
      );
    },
  };
}
