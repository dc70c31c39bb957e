// What Nunchi says as Slack takes it: plain text in blocks, so that nothing in it is markup, a mention or a link.
import type { types } from '@slack/bolt';
import type { Button } from '../../../src/chat/requests.js';
import { escapeText } from '../translate/text.js';

export interface Content {
  /** For notifications and for clients that show no blocks. */
  text: string;
  blocks: types.KnownBlock[];
}

/** What a section holds, with room for what escaping adds. */
const SECTION = 2_500;
/** A message that is changed may not be longer. */
const FALLBACK = 3_500;
const MOST_SECTIONS = 12;

export function contentOf(text: string, buttons: readonly (readonly Button[])[] = []): Content {
  return {
    text: clip(escapeText(text), FALLBACK),
    blocks: [...sections(text), ...buttons.filter((row) => row.length > 0).map(actions)],
  };
}

/** Cut at lines where there are any. */
function sections(text: string): types.SectionBlock[] {
  const parts: string[] = [];
  for (let rest = text; rest !== '' && parts.length < MOST_SECTIONS;) {
    const line = rest.length > SECTION ? rest.lastIndexOf('\n', SECTION) : -1;
    const end = line > 0 ? line : SECTION;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end).replace(/^\n/, '');
  }
  return parts.map((part) => ({
    type: 'section',
    text: { type: 'plain_text', text: clip(escapeText(part), 3_000), emoji: false },
  }));
}

function actions(row: readonly Button[]): types.ActionsBlock {
  return {
    type: 'actions',
    elements: row.map(({ id, text, emoji, style }) => ({
      type: 'button',
      action_id: id,
      value: id,
      text: { type: 'plain_text', text: clip(emoji === undefined ? text : `${emoji} ${text}`, 75) },
      ...(style === 'plain' ? {} : { style }),
    })),
  };
}

/** Never in the middle of an entity. */
function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/&[a-z]*$/, '')}…`;
}
