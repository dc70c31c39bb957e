// Texts into Discord's markup and out of it.
import { MessageFlags } from 'discord.js';

/** Characters of a message. */
const LONGEST = 2_000;

/** Of everything Nunchi sends: addresses in a text bring no previews. */
export const FLAGS = MessageFlags.SuppressEmbeds;
export const NO_MENTIONS = { parse: [], replied_user: false };

/** The text that Nunchi reads: mentions are not words, and a custom emoji is its name. */
export function plainText(content: string): string {
  return content
    .replace(/<a?:(\w+):\d+>/g, ':$1:')
    .replace(/<(?:@[!&]?|#|t:|id:)[\w:-]+>|<\/[^<>:]+:\d+>/g, ' ')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
}

/** A plain text as Discord shows it unchanged: nothing of it becomes markup, a mention or an emoji. */
export function escapeText(text: string): string {
  return (
    text
      .replace(/[\\*_~`|]/g, '\\$&')
      .replace(/<(?=[@#/:a-z])/gi, '\\<')
      .replace(/^(\s*)(-#|#{1,3}|[-+]|>{1,3}|\d+\.)(?=\s)/gm, (_all, indent: string, mark: string) =>
        /^\d/.test(mark) ? `${indent}${mark.slice(0, -1)}\\.` : `${indent}\\${mark}`,
      )
      .replace(/\](?=\()/g, '\\]')
      // Discord shows these two as mentions even where they ping nobody.
      .replace(/@(?=everyone|here)/g, '@\u200b')
  );
}

/** Escaped, and cut where it is too long. */
export function shownText(text: string): string {
  const whole = escapeText(text);
  if (whole.length <= LONGEST) return whole;
  // Cut before escaping, so that no escape is halved.
  const characters = [...text.slice(0, LONGEST)];
  let [fits, tooMany] = [0, characters.length + 1];
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1;
    if (escapeText(characters.slice(0, middle).join('')).length < LONGEST) fits = middle;
    else tooMany = middle;
  }
  return `${escapeText(characters.slice(0, fits).join('').toWellFormed()).trimEnd()}…`;
}

/** One form of an emoji everywhere: the character, or the id of a custom one, which outlasts a new name. */
export const emojiName = (emoji: { id: string | null; name: string | null }): string =>
  emoji.id ?? emoji.name ?? '';

/** As the path of a reaction has it; of a custom emoji Discord looks at the id alone. */
export const emojiInPath = (emoji: string): string =>
  encodeURIComponent(/^\d+$/.test(emoji) ? `_:${emoji}` : emoji);

/** Emoji that a person typed as an option of a command. */
export const typedEmoji = (text: string): string => text.replace(/<a?:\w+:(\d+)>/g, ' $1 ').trim();
