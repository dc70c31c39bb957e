// Nunchi's commands at Discord: `/nunchi` with a subcommand for each of the catalog, and the message menu. Registered only
// where they differ from what is there: Discord counts new ones.
import {
  type APIApplicationCommand,
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType as OptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type REST,
  type RESTPutAPIApplicationCommandsJSONBody,
  Routes,
} from 'discord.js';
import { type Command, type CommandOption, COMMANDS, MESSAGE_MENU } from '../../src/chat/command-catalog.js';
import { isUnknownRoute } from './other-servers.js';

export const COMMAND = 'nunchi';

type Definitions = RESTPutAPIApplicationCommandsJSONBody;

function optionOf({
  name,
  description,
  type,
  required,
  choices,
}: CommandOption): APIApplicationCommandBasicOption {
  const base = {
    name,
    description: description.en,
    description_localizations: { ko: description.ko },
    ...(required ? { required } : {}),
  };
  switch (type) {
    case 'flag':
      return { ...base, type: OptionType.Boolean };
    case 'text':
      return { ...base, type: OptionType.String };
    case 'choice':
      return {
        ...base,
        type: OptionType.String,
        choices: (choices ?? []).map(({ value, text }) => ({
          value,
          name: text.en,
          name_localizations: { ko: text.ko },
        })),
      };
  }
}

const subcommandOf = (command: Command): APIApplicationCommandSubcommandOption => ({
  type: OptionType.Subcommand,
  name: command.name,
  name_localizations: { ko: command.korean },
  description: command.description.en,
  description_localizations: { ko: command.description.ko },
  options: command.options.map(optionOf),
});

export function commandDefinitions(): Definitions {
  const everywhere = {
    integration_types: [ApplicationIntegrationType.GuildInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
  };
  return [
    {
      ...everywhere,
      type: ApplicationCommandType.ChatInput,
      name: COMMAND,
      name_localizations: { ko: '눈치' },
      description: 'Read the mood of messages, and learn from corrections',
      description_localizations: { ko: '글의 분위기를 읽고, 고쳐 준 것을 배워요' },
      options: COMMANDS.map(subcommandOf),
    },
    ...MESSAGE_MENU.map(({ name }) => ({
      ...everywhere,
      type: ApplicationCommandType.Message as const,
      name: name.en,
      name_localizations: { ko: name.ko },
    })),
  ];
}

/** What a command says of itself, without ids and without what Discord fills in where nothing is said. */
function essence(value: unknown, scope: 'global' | 'guild'): unknown {
  if (Array.isArray(value)) return value.map((one) => essence(one, scope));
  if (typeof value !== 'object' || value === null) return value;
  // Of a guild's commands Discord does not say where else they could be used.
  const skipped = scope === 'guild' ? ['contexts', 'integration_types'] : [];
  const entries = Object.entries(value)
    .filter(([name, held]) => !skipped.includes(name) && !isDefault(held))
    .map(([name, held]): [string, unknown] => [
      name,
      name === 'contexts' || name === 'integration_types'
        ? [...(held as number[])].sort((a, b) => a - b)
        : essence(held, scope),
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

const isDefault = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === false ||
  value === '' ||
  (Array.isArray(value) && value.length === 0);

const SAID = [
  'type',
  'name',
  'name_localizations',
  'description',
  'description_localizations',
  'options',
  'default_member_permissions',
  'contexts',
  'integration_types',
  'nsfw',
];

function canonical(commands: readonly object[], scope: 'global' | 'guild'): string {
  const said = commands.map((command) =>
    essence(Object.fromEntries(Object.entries(command).filter(([name]) => SAID.includes(name))), scope),
  );
  return JSON.stringify(said.map((one) => JSON.stringify(one)).sort());
}

export interface RegistrationConfig {
  rest: REST;
  applicationId: string;
  /** Only there; everywhere where it is left out. */
  guildIds?: readonly string[] | undefined;
}

/** null where the server does not tell. */
async function registered(rest: REST, route: `/${string}`, query: URLSearchParams) {
  try {
    return (await rest.get(route, { query })) as APIApplicationCommand[];
  } catch (error) {
    if (isUnknownRoute(error)) return null;
    throw error;
  }
}

/** @returns in how many places they had to be written */
export async function registerCommands({
  rest,
  applicationId,
  guildIds,
}: RegistrationConfig): Promise<number> {
  const scopes: { scope: 'global' | 'guild'; route: `/${string}` }[] =
    guildIds === undefined || guildIds.length === 0
      ? [{ scope: 'global', route: Routes.applicationCommands(applicationId) }]
      : guildIds.map((id) => ({ scope: 'guild', route: Routes.applicationGuildCommands(applicationId, id) }));
  const wanted = commandDefinitions();
  let written = 0;
  for (const { scope, route } of scopes) {
    const query = new URLSearchParams({ with_localizations: 'true' });
    const there = await registered(rest, route, query);
    if (there !== null && canonical(there, scope) === canonical(wanted, scope)) continue;
    await rest.put(route, { body: wanted });
    written += 1;
  }
  return written;
}
