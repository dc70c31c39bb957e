// What commands ask for, from options (Discord) and from one line of text (Slack).
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS, MESSAGE_MENU, requestOf, type CommandName } from '../../src/chat/command-catalog.js';
import { parseCommand } from '../../src/chat/command-line.js';
import type { Language } from '../../src/chat/platform.js';
import { NunchiError } from '../../src/errors.js';
import { PACKAGE_ROOT } from '../../src/paths.js';

const asker = (language: Language = 'en') => ({
  platform: 'fake',
  communityId: 'c',
  channelId: 'room',
  person: { id: 'p', roleIds: [], moderates: false },
  language,
  requestId: 'r',
});

const ask = (line: string, language: Language = 'en') => {
  const { name, values } = parseCommand(line, language);
  return requestOf(asker(language), name, values);
};

/** Without who asks. */
const asked = (line: string) =>
  Object.fromEntries(Object.entries(ask(line)).filter(([key]) => !(key in asker())));

const complaint = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(NunchiError);
    return error as NunchiError;
  }
  throw new Error('nothing was wrong');
};

describe('command catalog', () => {
  it('keeps to what both platforms allow', () => {
    for (const { name, description, options } of COMMANDS) {
      for (const word of [name, ...options.map((option) => option.name)])
        expect(word).toMatch(/^[a-z-]{1,32}$/);
      for (const text of [description, ...options.map((option) => option.description)]) {
        for (const language of ['ko', 'en'] as const) {
          expect(text[language].length).toBeGreaterThan(0);
          expect(text[language].length).toBeLessThanOrEqual(100);
        }
      }
      expect(options.length).toBeLessThanOrEqual(25);
      const firstOptional = options.findIndex((option) => option.required !== true);
      expect(
        options.slice(firstOptional === -1 ? options.length : firstOptional).some((o) => o.required),
      ).toBe(false);
      for (const { type, choices } of options) expect(choices !== undefined).toBe(type === 'choice');
    }
    for (const { name } of MESSAGE_MENU) {
      for (const text of Object.values(name)) expect(text.length).toBeLessThanOrEqual(24);
    }
  });

  it.each([
    ['', { type: 'help' }],
    ['help', { type: 'help' }],
    ['도움말', { type: 'help' }],
    ['check  not bad, "really" mode=off ', { type: 'check', text: 'not bad, "really" mode=off' }],
    ['읽기 나쁘지 않네', { type: 'check', text: '나쁘지 않네' }],
    ['why', { type: 'why', message: null }],
    ['report', { type: 'report', unit: 'day', scope: 'channel', share: false }],
    ['report week community share', { type: 'report', unit: 'week', scope: 'community', share: true }],
    ['report unit=hour share=no', { type: 'report', unit: 'hour', scope: 'channel', share: false }],
    ['queue', { type: 'queue' }],
    ['model', { type: 'model', action: 'status' }],
    ['model rollback', { type: 'model', action: 'rollback' }],
    ['모델 show nunchi-2', { type: 'model', action: 'show', version: 'nunchi-2' }],
    ['model version=nunchi-2 action=promote', { type: 'model', action: 'promote', version: 'nunchi-2' }],
    ['privacy leave-out', { type: 'privacy', action: 'leave-out' }],
    ['settings', { type: 'settings', change: null }],
    ['settings mode=react', { type: 'settings', change: { mode: 'react' } }],
    ['settings here=off', { type: 'settings', change: { channels: { room: 'off' } } }],
    ['settings here=default', { type: 'settings', change: { channels: { room: null } } }],
    ['settings threshold=75%', { type: 'settings', change: { threshold: 0.75 } }],
    ['settings threshold=default', { type: 'settings', change: { threshold: null } }],
    [
      'settings time-zone=Asia/Seoul language=ko',
      { type: 'settings', change: { timeZone: 'Asia/Seoul', language: 'ko' } },
    ],
    ['settings quorum=off', { type: 'settings', change: { quorum: null } }],
    ['settings news=here alerts=on', { type: 'settings', change: { newsChannel: 'room', alerts: true } }],
    ['settings news=off', { type: 'settings', change: { newsChannel: null } }],
    [
      'settings positive="🎉 :yay:" negative=none',
      { type: 'settings', change: { emoji: { positive: ['🎉', ':yay:'], negative: [] } } },
    ],
    [
      'settings moderators="<@&12> <@!34>"',
      { type: 'settings', change: { moderatorRoles: ['12'], moderators: ['34'] } },
    ],
    [
      'settings moderators=“<!subteam^S1|@mods> <@U2|ann>”',
      { type: 'settings', change: { moderatorRoles: ['S1'], moderators: ['U2'] } },
    ],
    ['settings moderators=none', { type: 'settings', change: { moderatorRoles: [], moderators: [] } }],
  ])('reads "%s"', (line, expected) => {
    expect(asked(line)).toEqual(expected);
  });

  it('is explained in docs/commands.md, with every option and choice', () => {
    const written = readFileSync(path.join(PACKAGE_ROOT, 'docs/commands.md'), 'utf8');
    const names = COMMANDS.flatMap(({ name, options }) => [
      name,
      ...options.flatMap((option) => [option.name, ...(option.choices ?? []).map(({ value }) => value)]),
    ]);
    expect(names.filter((name) => !written.includes(`\`${name}\``))).toEqual([]);
    expect(COMMANDS.filter(({ korean }) => !written.includes(korean))).toEqual([]);
  });

  it('keeps the agreement that a quorum has by default', () => {
    expect(asked('settings quorum=5')).toEqual({
      type: 'settings',
      change: { quorum: { people: 5, agreement: 2 / 3 } },
    });
  });

  it.each([
    ['dance', '"dance"', 'check'],
    ['report tomorrow', '"tomorrow"', 'unit=hour|day|week'],
    ['model nunchi-2', '"nunchi-2"', 'action=status|history'],
    ['queue now', '"now"', 'nothing more'],
    ['settings silent', '"silent"', 'mode=silent|react|request|off'],
    ['settings mode=loud', 'expected silent, react, request, off', 'Nothing was changed'],
    ['settings threshold=150', 'a number from 0 to 100', 'Nothing was changed'],
    ['settings threshold=much', 'a number from 0 to 100', 'Nothing was changed'],
    ['settings quorum=1', 'a number from 2 to 100', 'Nothing was changed'],
    ['settings moderators=ann', '@roles and @people', 'Nothing was changed'],
    ['check', 'write the text to read after check', 'check That went well!'],
  ])('says what is wrong with "%s"', (line, message, hint) => {
    const error = complaint(() => ask(line));
    expect(error.code).toBe('invalid-input');
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('says it in Korean to who speaks Korean', () => {
    expect(complaint(() => ask('춤', 'ko')).message).toBe('제가 모르는 말이에요: "춤"');
    expect(complaint(() => ask('설정 threshold=많이', 'ko')).message).toContain('0~100');
    const empty = complaint(() => requestOf(asker('ko'), 'check' satisfies CommandName, {}));
    expect(empty.message).toBe('check 뒤에 읽을 글을 같이 써 주세요.');
  });
});
