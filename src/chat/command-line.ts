// One line of text as a command with options, for platforms that hand over nothing more: `/nunchi report day all`.
import { NunchiError } from '../errors.js';
import {
  COMMANDS,
  type Command,
  type CommandName,
  type CommandOption,
  type CommandValues,
} from './command-catalog.js';
import type { Language } from './platform.js';

/**
 * The first word is the command, in English or Korean; nothing at all is `help`. Then `option=value` (in quotes where it
 * has spaces), a choice by its value alone, a flag by its name. A command with one text takes the rest as it stands.
 * @throws NunchiError `invalid-input`, in `language`
 */
export function parseCommand(line: string, language: Language): { name: CommandName; values: CommandValues } {
  const [first = 'help', rest = ''] = split(line.trim());
  const command = COMMANDS.find(({ name, korean }) => name === first.toLowerCase() || korean === first);
  if (command === undefined) throw unknown(language, first);
  const [only] = command.options;
  if (command.options.length === 1 && only?.type === 'text') {
    return { name: command.name, values: { [only.name]: rest } };
  }
  const values: Record<string, string | boolean> = {};
  // Where there is much to set, a value alone would be a guess.
  const texts = command.options.filter((option) => option.type === 'text');
  const bare = texts.length <= 1;
  for (const word of wordsOf(rest)) {
    const [, name, value] = /^([a-z-]+)=(.*)$/su.exec(word) ?? [];
    const named = command.options.find((one) =>
      name === undefined
        ? bare && (one.type === 'flag' ? one.name === word : one.choices?.some((c) => c.value === word))
        : one.name === name,
    );
    // What follows a choice, as in `model show nunchi-1a2b3c4d`; on its own it may as well be a slip.
    const follows = bare && name === undefined && Object.keys(values).length > 0;
    const option = named ?? (follows ? texts[0] : undefined);
    if (option === undefined) throw unknown(language, word, command);
    values[option.name] =
      option.type === 'flag' ? value === undefined || !/^(no|off|false)$/iu.test(value) : (value ?? word);
  }
  return { name: command.name, values };
}

function split(line: string): string[] {
  if (line === '') return [];
  const [first = ''] = /^\S+/u.exec(line) ?? [];
  return [first, line.slice(first.length).trim()];
}

/** Words, with `name="several words"` and “curly quotes” as one. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"“”]+=)?["“]([^"“”]*)["”]|\S+/gu)].map((match) =>
    match[1] === undefined ? match[0] : match[0].replace(/["“][^"“”]*["”]$/u, match[1]),
  );
}

/** @param command within which the word was found; otherwise it should have been a command itself */
function unknown(language: Language, word: string, command?: Command): NunchiError {
  const names =
    command?.options.map(formOf).join(', ') ??
    COMMANDS.map(({ name, korean }) => (language === 'ko' ? `${korean}(${name})` : name)).join(', ');
  return language === 'ko'
    ? new NunchiError('invalid-input', `제가 모르는 말이에요: "${word}"`, {
        hint: names === '' ? '덧붙일 것이 없는 명령이에요.' : `쓸 수 있는 것: ${names}`,
      })
    : new NunchiError('invalid-input', `I do not know "${word}".`, {
        hint: names === '' ? 'This command takes nothing more.' : `There is: ${names}`,
      });
}

function formOf({ name, type, choices }: CommandOption): string {
  if (type === 'flag') return name;
  return `${name}=${choices?.map(({ value }) => value).join('|') ?? '…'}`;
}
