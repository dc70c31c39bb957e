// Routes of application commands, global (guild '') and of a guild, with Discord's limit of 200 new ones a day.
import {
  type APIApplicationCommand,
  type APIApplicationCommandOption,
  ApplicationCommandOptionType as OptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  RESTJSONErrorCodes as Code,
  type RESTPostAPIApplicationCommandsJSONBody,
} from 'discord-api-types/v10';
import type { Context } from '../context.js';
import { FormErrors, refuse } from '../errors.js';
import { noContent, ok, type RestRequest } from './request.js';
import type { Route } from './router.js';

const CREATIONS_A_DAY = 200;
/** Of each scope. */
const MOST: Record<ApplicationCommandType, number> = {
  [ApplicationCommandType.ChatInput]: 100,
  [ApplicationCommandType.User]: 15,
  [ApplicationCommandType.Message]: 15,
  [ApplicationCommandType.PrimaryEntryPoint]: 1,
};
const NAME = /^[-_'\p{L}\p{N}]{1,32}$/u;

type Body = Partial<RESTPostAPIApplicationCommandsJSONBody> & {
  description?: string;
  options?: APIApplicationCommandOption[];
};

const typeOf = (body: Body) => body.type ?? ApplicationCommandType.ChatInput;

function checkName(path: string, name: string | undefined, errors: FormErrors): void {
  if (name === undefined) errors.required(path);
  else if (!NAME.test(name) || name !== name.toLowerCase())
    errors.add(path, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
}

function checkDescription(path: string, text: string | undefined, errors: FormErrors): void {
  if (text === undefined || text === '') errors.required(path);
  else errors.longest(path, text, 100);
}

function checkOptions(
  path: string,
  options: readonly APIApplicationCommandOption[],
  errors: FormErrors,
): void {
  if (options.length > 25) errors.add(path, 'BASE_TYPE_MAX_LENGTH', 'Must be 25 or fewer in length.');
  let optional = false;
  options.forEach((option, index) => {
    const at = `${path}.${index}`;
    checkName(`${at}.name`, option.name, errors);
    checkDescription(`${at}.description`, option.description, errors);
    if (option.type === OptionType.Subcommand || option.type === OptionType.SubcommandGroup) {
      checkOptions(`${at}.options`, option.options ?? [], errors);
      return;
    }
    if (option.required === true && optional)
      errors.add(
        at,
        'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        'Required options must be placed before non-required options',
      );
    optional ||= option.required !== true;
  });
  if (new Set(options.map(({ name }) => name)).size < options.length)
    errors.add(path, 'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS', 'Option name already exists');
}

function check(body: Body, errors: FormErrors, prefix = ''): void {
  if (typeOf(body) === ApplicationCommandType.ChatInput) {
    checkName(`${prefix}name`, body.name, errors);
    checkDescription(`${prefix}description`, body.description, errors);
    checkOptions(`${prefix}options`, body.options ?? [], errors);
    return;
  }
  if (body.name === undefined) errors.required(`${prefix}name`);
  else errors.longest(`${prefix}name`, body.name, 32);
  if (body.description)
    errors.add(
      `${prefix}description`,
      'APPLICATION_COMMAND_DESCRIPTION_INVALID',
      'Context menu commands cannot have description',
    );
}

export function commandRoutes(context: Context): Route[] {
  const { world, counters } = context;

  function scope(request: RestRequest): { guildId: string; commands: Map<string, APIApplicationCommand> } {
    if (request.params['application'] !== world.bot.id)
      throw refuse(Code.NotAuthorizedToPerformThisActionOnThisApplication);
    const guildId = request.params['guild'] ?? '';
    if (guildId !== '' && !world.guilds.has(guildId)) throw refuse(Code.MissingAccess);
    const commands = world.commands.get(guildId) ?? new Map<string, APIApplicationCommand>();
    world.commands.set(guildId, commands);
    return { guildId, commands };
  }

  function named(request: RestRequest) {
    const found = scope(request);
    const command = found.commands.get(request.params['command'] ?? '');
    if (!command) throw refuse(Code.UnknownApplicationCommand);
    return { ...found, command };
  }

  function build(guildId: string, id: string, body: Body): APIApplicationCommand {
    return {
      id,
      application_id: world.bot.id,
      ...(guildId === '' ? { contexts: body.contexts ?? null } : { guild_id: guildId }),
      version: world.ids.next(),
      type: typeOf(body),
      name: body.name ?? '',
      name_localizations: body.name_localizations ?? null,
      description: body.description ?? '',
      description_localizations: body.description_localizations ?? null,
      default_member_permissions: body.default_member_permissions ?? null,
      integration_types: body.integration_types ?? [ApplicationIntegrationType.GuildInstall],
      nsfw: body.nsfw ?? false,
      ...(body.options ? { options: body.options } : {}),
    };
  }

  const same = (commands: Iterable<APIApplicationCommand>, body: Body) =>
    [...commands].find((command) => command.name === body.name && command.type === typeOf(body));

  function countNew(guildId: string, count: number): void {
    if (counters.creations(guildId) + count > CREATIONS_A_DAY)
      throw refuse(Code.MaximumDailyApplicationCommandCreatesReached);
    for (let index = 0; index < count; index++) counters.created(guildId);
  }

  function checkAll(bodies: readonly Body[]): void {
    const errors = new FormErrors();
    bodies.forEach((body, index) => check(body, errors, `${index}.`));
    for (const [type, most] of Object.entries(MOST))
      if (bodies.filter((body) => String(typeOf(body)) === type).length > most)
        errors.add(
          '_',
          'APPLICATION_COMMAND_TOO_MANY',
          `Maximum number of application commands reached (${most})`,
        );
    const names = bodies.map((body) => `${typeOf(body)} ${body.name ?? ''}`);
    if (new Set(names).size < names.length)
      errors.add('_', 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique');
    errors.settle();
  }

  function list(request: RestRequest) {
    return ok([...scope(request).commands.values()]);
  }

  function replaceAll(request: RestRequest) {
    const { guildId, commands } = scope(request);
    const bodies = (Array.isArray(request.body) ? request.body : []) as Body[];
    checkAll(bodies);
    const before = [...commands.values()];
    countNew(guildId, bodies.filter((body) => !same(before, body)).length);
    commands.clear();
    for (const body of bodies) {
      const id = same(before, body)?.id ?? world.ids.next();
      commands.set(id, build(guildId, id, body));
    }
    return ok([...commands.values()]);
  }

  function create(request: RestRequest) {
    const { guildId, commands } = scope(request);
    const body = request.body as Body;
    const errors = new FormErrors();
    check(body, errors);
    errors.settle();
    const existing = same(commands.values(), body);
    if (!existing) countNew(guildId, 1);
    const id = existing?.id ?? world.ids.next();
    commands.set(id, build(guildId, id, body));
    return { status: existing ? 200 : 201, body: commands.get(id) };
  }

  function change(request: RestRequest) {
    const { guildId, commands, command } = named(request);
    const { contexts, ...rest } = command;
    const body = { ...rest, ...(contexts ? { contexts } : {}), ...(request.body as Body) } as Body;
    const errors = new FormErrors();
    check(body, errors);
    errors.settle();
    commands.set(command.id, build(guildId, command.id, body));
    return ok(commands.get(command.id));
  }

  return ['/applications/:application/commands', '/applications/:application/guilds/:guild/commands'].flatMap(
    (template): Route[] => [
      { method: 'GET', template, answer: list },
      { method: 'PUT', template, answer: replaceAll },
      { method: 'POST', template, answer: create },
      { method: 'GET', template: `${template}/:command`, answer: (request) => ok(named(request).command) },
      { method: 'PATCH', template: `${template}/:command`, answer: change },
      {
        method: 'DELETE',
        template: `${template}/:command`,
        answer(request) {
          const { commands, command } = named(request);
          commands.delete(command.id);
          return noContent;
        },
      },
    ],
  );
}
