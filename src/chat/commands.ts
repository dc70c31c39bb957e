// Messages that ask Nunchi something instead of being read: `help`, `model` and `why`, in both languages.

export type ChatCommand = 'help' | 'model' | 'why';

const COMMANDS: Record<string, ChatCommand> = {
  help: 'help',
  도움말: 'help',
  도움: 'help',
  model: 'model',
  모델: 'model',
  why: 'why',
  왜: 'why',
  왜요: 'why',
  '왜 그렇게 읽었어': 'why',
  '왜 그렇게 읽었어요': 'why',
  '왜 그렇게 생각해': 'why',
  '왜 그렇게 생각해요': 'why',
  'how come': 'why',
  'why is that': 'why',
};

/** Of the slash command, typed where there is none: on the page, or with a space before it. */
const TYPED = /^\s*\/(?:nunchi|눈치)(?:\s+|$)/u;

/**
 * Only a message that is nothing but the words, with `/` before or `?` after it; anything longer is an ordinary message.
 * After `/nunchi` whatever is none of them asks for help: it was not written to be read.
 */
export function commandIn(text: string): ChatCommand | null {
  const typed = TYPED.exec(text)?.[0];
  return typed === undefined ? wordIn(text) : (wordIn(text.slice(typed.length)) ?? 'help');
}

function wordIn(text: string): ChatCommand | null {
  if (text.length > 20) return null;
  const word = text
    .trim()
    .toLowerCase()
    .normalize('NFC')
    .replace(/^\//u, '')
    .replace(/[?？.]+$/u, '')
    .trim();
  return Object.hasOwn(COMMANDS, word) ? (COMMANDS[word] ?? null) : null;
}
