// Slack's way of writing a message text and plain text, in both directions.

/** A mention, a channel or a link; other brackets are a person's own. */
const ENTITY = /<([@#!][^<>]+|[a-z][a-z0-9+.-]*:[^<>]+)>/gi;

/** What a person reads in place of `<…>`. */
function readable(content: string, ownUserId: string): string {
  const [target = '', label] = content.split('|', 2);
  if (target.startsWith('@')) return target.slice(1) === ownUserId ? '' : '@someone';
  if (target.startsWith('#')) return label ? `#${label}` : '#channel';
  if (target.startsWith('!subteam^')) return label ?? '@group';
  if (target.startsWith('!date^')) return label ?? '';
  if (target.startsWith('!')) return `@${target.slice(1)}`;
  return label ?? target.replace(/^(mailto|tel):/, '');
}

/**
 * The text as people read it: links by their labels, other people as `@someone`, Nunchi's own mention left out, `:emoji:`
 * as written.
 */
export function plainText(text: string, ownUserId: string): string {
  return text
    .replace(ENTITY, (_, content: string) => readable(content, ownUserId))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/[ \t]+/g, ' ')
    .trim();
}

export function mentions(text: string, userId: string): boolean {
  return text.includes(`<@${userId}>`) || text.includes(`<@${userId}|`);
}

/** Nothing in it is a mention, a link or an entity for Slack any more. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
