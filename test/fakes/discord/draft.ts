// Bodies of messages that the bot sends: what Discord refuses in them, and whom they ping.
import {
  AllowedMentionsTypes,
  type APIAllowedMentions,
  type APIMessageTopLevelComponent,
  ComponentType,
  MessageFlags,
  RESTJSONErrorCodes as Code,
  type RESTPostAPIChannelMessageJSONBody,
} from 'discord-api-types/v10';
import { FormErrors, refuse } from './errors.js';
import type { UploadedFile } from './rest/request.js';

const CONTENT = 2_000;
const FILE_BYTES = 10 * 1024 * 1024;
const EMBEDS = 10;
const EMBED_TOTAL = 6_000;
const ROWS = 5;
const BUTTONS = 5;
const FILES = 10;

export type MessageBody = {
  [Key in keyof RESTPostAPIChannelMessageJSONBody]?: RESTPostAPIChannelMessageJSONBody[Key] | null;
};

export interface FlatComponent {
  type: ComponentType;
  custom_id?: string;
  disabled?: boolean;
  options?: { value: string }[];
}

/** The components of a message, also those within rows, sections and containers. */
export function flatten(components: readonly unknown[]): FlatComponent[] {
  return components.flatMap((component) => {
    const {
      components: inner,
      component: labelled,
      accessory,
      ...own
    } = component as {
      type: ComponentType;
      components?: unknown[];
      component?: unknown;
      accessory?: unknown;
    };
    const nested = [...(inner ?? []), ...(labelled ? [labelled] : []), ...(accessory ? [accessory] : [])];
    return [own, ...flatten(nested)];
  });
}

function checkComponents(components: readonly APIMessageTopLevelComponent[], errors: FormErrors): void {
  if (components.length > ROWS)
    errors.add('components', 'BASE_TYPE_BAD_LENGTH', `Must be between 1 and ${ROWS} in length.`);
  components.forEach((row, index) => {
    if (row.type !== ComponentType.ActionRow) return;
    if (row.components.length < 1 || row.components.length > BUTTONS)
      errors.add(
        `components.${index}.components`,
        'BASE_TYPE_BAD_LENGTH',
        `Must be between 1 and ${BUTTONS} in length.`,
      );
    row.components.forEach((component, at) => {
      const path = `components.${index}.components.${at}`;
      if ('custom_id' in component) errors.longest(`${path}.custom_id`, component.custom_id, 100);
      if ('label' in component) errors.longest(`${path}.label`, component.label, 80);
      if ('placeholder' in component) errors.longest(`${path}.placeholder`, component.placeholder, 150);
      if ('options' in component && (component.options.length < 1 || component.options.length > 25))
        errors.add(`${path}.options`, 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 25 in length.');
    });
  });
  const ids = flatten(components).flatMap(({ custom_id }) => custom_id ?? []);
  if (new Set(ids).size < ids.length)
    errors.add('components', 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
}

function checkEmbeds(embeds: NonNullable<MessageBody['embeds']>, errors: FormErrors): void {
  if (embeds.length > EMBEDS)
    errors.add('embeds', 'BASE_TYPE_MAX_LENGTH', `Must be ${EMBEDS} or fewer in length.`);
  let total = 0;
  embeds.forEach((embed, index) => {
    const texts: [path: string, text: string | undefined, max: number][] = [
      ['title', embed.title, 256],
      ['description', embed.description, 4096],
      ['footer.text', embed.footer?.text, 2048],
      ['author.name', embed.author?.name, 256],
      ...(embed.fields ?? []).flatMap(({ name, value }, at): [string, string, number][] => [
        [`fields.${at}.name`, name, 256],
        [`fields.${at}.value`, value, 1024],
      ]),
    ];
    for (const [path, text, max] of texts) {
      errors.longest(`embeds.${index}.${path}`, text, max);
      total += text?.length ?? 0;
    }
    if ((embed.fields?.length ?? 0) > 25)
      errors.add(`embeds.${index}.fields`, 'BASE_TYPE_MAX_LENGTH', 'Must be 25 or fewer in length.');
  });
  if (total > EMBED_TOTAL)
    errors.add('embeds', 'MAX_EMBED_SIZE_EXCEEDED', `Embed size exceeds maximum size of ${EMBED_TOTAL}`);
}

function checkMentions(allowed: APIAllowedMentions, errors: FormErrors): void {
  for (const [name, ids] of [
    [AllowedMentionsTypes.User, allowed.users],
    [AllowedMentionsTypes.Role, allowed.roles],
  ] as const)
    if (allowed.parse?.includes(name) && ids && ids.length > 0)
      errors.add(
        'allowed_mentions',
        'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
        `parse:["${name}"] and ${name}: [ids...] are mutually exclusive.`,
      );
}

/** @throws DiscordError 50035, or 40005 for too large a file. */
export function checkMessage(body: MessageBody, files: readonly UploadedFile[]): void {
  const errors = new FormErrors();
  if (body.content != null && typeof body.content !== 'string')
    errors.add('content', 'STRING_TYPE_CONVERT', 'Could not interpret value as string.');
  else errors.longest('content', body.content, CONTENT);
  if (typeof body.nonce === 'string') errors.longest('nonce', body.nonce, 25);
  if (body.embeds) checkEmbeds(body.embeds, errors);
  if (body.components) checkComponents(body.components, errors);
  if (body.allowed_mentions) checkMentions(body.allowed_mentions, errors);
  if (files.length > FILES)
    errors.add('attachments', 'BASE_TYPE_MAX_LENGTH', `Must be ${FILES} or fewer in length.`);
  errors.settle();
  if (files.some(({ content }) => content.length > FILE_BYTES)) throw refuse(Code.RequestEntityTooLarge);
}

/** @throws DiscordError 50006 */
export function checkNotEmpty(body: MessageBody, files: number): void {
  const v2 = ((body.flags ?? 0) & MessageFlags.IsComponentsV2) !== 0 && (body.components?.length ?? 0) > 0;
  const text = (body.content?.trim() ?? '') !== '';
  if (!text && !body.embeds?.length && files === 0 && !body.sticker_ids?.length && !body.poll && !v2)
    throw refuse(Code.CannotSendAnEmptyMessage);
}

export interface Pings {
  users: string[];
  roles: string[];
  everyone: boolean;
}

const idsIn = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].flatMap(([, id]) => id ?? [])),
];

/** What a text would ping; people's messages ping all of it. */
export const namedIn = (content: string): Pings => ({
  users: idsIn(content, /<@!?(\d+)>/g),
  roles: idsIn(content, /<@&(\d+)>/g),
  everyone: /@(everyone|here)\b/.test(content),
});

/** Whom a text pings under these rules: without rules, all it names. */
export function pingsOf(content: string, allowed: APIAllowedMentions | null | undefined): Pings {
  const named = namedIn(content);
  if (!allowed) return named;
  const parse = allowed.parse ?? [];
  const these = (all: string[], type: AllowedMentionsTypes, listed: string[] | undefined) =>
    parse.includes(type) ? all : all.filter((id) => listed?.includes(id));
  return {
    users: these(named.users, AllowedMentionsTypes.User, allowed.users),
    roles: these(named.roles, AllowedMentionsTypes.Role, allowed.roles),
    everyone: named.everyone && parse.includes(AllowedMentionsTypes.Everyone),
  };
}
