// People of a soak of nights: what they write, correct and delete over the page, and what of it was acknowledged. What was not,
// because the bot died over it, is said again when it is back.
import type { Random } from '../../../src/bert/random.js';
import { LABELS, type Label } from '../../../src/labels.js';
import type { NightsBot } from './bot.js';

export interface Said {
  /** The store's id, once it was acknowledged. */
  id: string | null;
  /** The page's own, under which it is sent again. */
  key: string;
  text: string;
  /** What it was corrected to last; null: it never was. */
  wanted: Label | null;
  /** The same as far as it was acknowledged; undefined: it is not known whether it was written. */
  label: Label | null | undefined;
  /** `asked`: it is not known whether it was. */
  deleted: 'no' | 'asked' | 'yes';
}

export interface People {
  readonly said: readonly Said[];
  /** Acknowledged requests. */
  readonly acknowledged: { messages: number; corrections: number; deletions: number };
  write(bot: NightsBot, random: Random): Promise<Said>;
  correct(bot: NightsBot, one: Said, label: Label): Promise<void>;
  delete(bot: NightsBot, one: Said): Promise<void>;
  /** Says again what was not acknowledged. */
  repeat(bot: NightsBot): Promise<void>;
}

const EMOJI: Readonly<Record<Label, string>> = { negative: '🔴', neutral: '⚪', positive: '🟢' };
const WORDS = [
  '너무 지루하고 재미없다',
  '서비스가 별로네요',
  '오늘 회의는 세 시에 시작합니다',
  '이 영화 정말 재미있어요',
  'what a terrible day',
  'i hate this',
  'this movie is great',
  'i love it',
];

export const drawLabel = (random: Random) => LABELS[Math.floor(random.next() * LABELS.length)] as Label;

export function createPeople(): People {
  const said: Said[] = [];
  const acknowledged = { messages: 0, corrections: 0, deletions: 0 };

  async function send(bot: NightsBot, one: Said): Promise<void> {
    one.id = (await bot.web.send(one.key, one.text)).id;
    acknowledged.messages += 1;
  }

  async function correct(bot: NightsBot, one: Said, label: Label): Promise<void> {
    one.wanted = label;
    one.label = undefined;
    await bot.web.correct(String(one.id), EMOJI[label]);
    one.label = label;
    acknowledged.corrections += 1;
  }

  async function remove(bot: NightsBot, one: Said): Promise<void> {
    one.deleted = 'asked';
    await bot.ask({ type: 'delete', messageId: String(one.id) });
    one.deleted = 'yes';
    acknowledged.deletions += 1;
  }

  return {
    said,
    acknowledged,
    async write(bot, random) {
      const number = said.length;
      const text = `${WORDS[Math.floor(random.next() * WORDS.length)]} ${number}`;
      const one: Said = { id: null, key: `m${number}`, text, wanted: null, label: null, deleted: 'no' };
      said.push(one);
      await send(bot, one);
      return one;
    },
    correct,
    delete: remove,
    async repeat(bot) {
      for (const one of said) {
        if (one.id === null) await send(bot, one);
        if (one.deleted === 'asked') await remove(bot, one);
        else if (one.deleted === 'no' && one.label === undefined && one.wanted !== null)
          await correct(bot, one, one.wanted);
      }
    },
  };
}
