// The options of a slash command from plain values, by the command's own definition.
import {
  type APIApplicationCommandInteractionDataOption,
  type APIApplicationCommandOption,
  ApplicationCommandOptionType as Type,
  type InteractionType,
} from 'discord-api-types/v10';
import type { Named } from '../interaction-payload.js';

/** By name; people, roles and channels as ids. */
export type OptionValues = Record<string, boolean | number | string>;

type Option = APIApplicationCommandInteractionDataOption<InteractionType.ApplicationCommand>;

/**
 * @param path Subcommand group and subcommand, as far as there are any.
 * @throws Error for what the command does not have, and for what it requires.
 */
export function buildOptions(
  defined: readonly APIApplicationCommandOption[],
  path: readonly string[],
  values: OptionValues,
): Option[] {
  const [name, ...rest] = path;
  if (name !== undefined) {
    const sub = defined.find((option) => option.name === name);
    if (sub?.type !== Type.Subcommand && sub?.type !== Type.SubcommandGroup)
      throw new Error(`the command has no subcommand ${name}`);
    return [{ name, type: sub.type, options: buildOptions(sub.options ?? [], rest, values) } as Option];
  }
  for (const option of defined) {
    if (option.type === Type.Subcommand || option.type === Type.SubcommandGroup)
      throw new Error(`the command needs a subcommand, such as ${option.name}`);
    if (option.required === true && !(option.name in values))
      throw new Error(`the command requires the option ${option.name}`);
  }
  return Object.entries(values).map(([key, value]) => {
    const option = defined.find((one) => one.name === key);
    if (!option) throw new Error(`the command has no option ${key}`);
    const choices = 'choices' in option ? option.choices : undefined;
    if (choices && choices.length > 0 && !choices.some((choice) => choice.value === value))
      throw new Error(`the option ${key} has no choice ${String(value)}`);
    return { name: key, type: option.type, value } as Option;
  });
}

/** The ids among the options. */
export function namedByOptions(options: readonly Option[]): Named {
  const flat = options.flatMap(function inner(option): Option[] {
    return 'options' in option && option.options ? (option.options as Option[]).flatMap(inner) : [option];
  });
  const ids = (...types: Type[]) =>
    flat.flatMap((option) => ('value' in option && types.includes(option.type) ? String(option.value) : []));
  return { users: ids(Type.User), roles: ids(Type.Role), channels: ids(Type.Channel) };
}
