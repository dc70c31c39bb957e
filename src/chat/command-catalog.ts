// The commands of Nunchi on platforms that have commands: names, options and what they ask for, once for all of them.
// Discord registers them; Slack, which hands over one line of text, has it parsed in `command-line.ts`.
import { NunchiError } from '../errors.js';
import type { Language } from './platform.js';
import type { Asker, ChatRequest, ModelAction, PrivacyAction, ReportUnit } from './requests.js';
import { DEFAULT_QUORUM } from '../store/derive-label.js';
import type { Mode, SettingsChange } from './settings.js';

type Words = Record<Language, string>;

export interface CommandChoice {
  value: string;
  text: Words;
}

export interface CommandOption {
  /** Lower-case letters and hyphens: what both platforms allow. */
  name: string;
  /** At most 100 characters. */
  description: Words;
  type: 'text' | 'choice' | 'flag';
  required?: true;
  /** Of a `choice`. */
  choices?: readonly CommandChoice[];
}

export interface Command {
  name: CommandName;
  /** What it is called in Korean too. */
  korean: string;
  description: Words;
  options: readonly CommandOption[];
}

export type CommandName = 'help' | 'check' | 'why' | 'report' | 'queue' | 'model' | 'settings' | 'privacy';
/** Options that were given, by name. */
export type CommandValues = Readonly<Record<string, string | boolean | undefined>>;

const choice = (value: string, ko: string, en: string): CommandChoice => ({ value, text: { ko, en } });

const MODE_CHOICES = [
  choice('silent', '읽기만 하기', 'read and say nothing'),
  choice('react', '확실할 때만 이모지 달기', 'react where sure'),
  choice('request', '부탁할 때만 읽기', 'only when asked'),
  choice('off', '끄기', 'leave alone'),
];

const emojiOption = (name: string, ko: string, en: string): CommandOption => ({
  name,
  type: 'text',
  description: {
    ko: `${ko}을(를) 뜻하는 우리만의 이모지, 띄어서 여러 개; 없애려면 none`,
    en: `emoji of yours that mean ${en}, separated by spaces; none takes them away`,
  },
});

/** In the order in which they are shown. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'check',
    korean: '읽기',
    description: { ko: '글 하나의 분위기를 읽어요', en: 'Read the mood of a text' },
    options: [
      {
        name: 'text',
        type: 'text',
        required: true,
        description: { ko: '읽을 글', en: 'the text to read' },
      },
    ],
  },
  {
    name: 'why',
    korean: '왜',
    description: {
      ko: '마지막 대답을 어떤 말 때문에 그렇게 읽었는지 알려 줘요',
      en: 'Which words moved the last reading here',
    },
    options: [],
  },
  {
    name: 'report',
    korean: '보고',
    description: {
      ko: '채널이나 커뮤니티의 분위기를 그림으로 보여 줘요',
      en: 'The mood of a channel over time',
    },
    options: [
      {
        name: 'unit',
        type: 'choice',
        description: { ko: '시간 단위', en: 'hours, days or weeks' },
        choices: [
          choice('hour', '시간별', 'hours'),
          choice('day', '일별', 'days'),
          choice('week', '주별', 'weeks'),
        ],
      },
      {
        name: 'scope',
        type: 'choice',
        description: { ko: '이 채널만, 또는 전체', en: 'this channel, or all of them' },
        choices: [choice('channel', '이 채널', 'this channel'), choice('community', '전체', 'all channels')],
      },
      {
        name: 'share',
        type: 'flag',
        description: { ko: '모두에게 보이기(운영진)', en: 'show it to everybody (moderators)' },
      },
    ],
  },
  {
    name: 'queue',
    korean: '검토',
    description: {
      ko: '가장 자신 없던 읽기부터 고쳐요(운영진)',
      en: 'Label what was read least surely (moderators)',
    },
    options: [],
  },
  {
    name: 'model',
    korean: '모델',
    description: { ko: '쓰고 있는 모델과 학습', en: 'The model in use, and its training' },
    options: [
      {
        name: 'action',
        type: 'choice',
        description: { ko: '무엇을 할까요', en: 'what to do' },
        choices: [
          choice('status', '지금 상태', 'how things stand'),
          choice('history', '지난 모델들', 'which was in use when'),
          choice('models', '모델 목록', 'which models there are'),
          choice('show', '모델 하나 자세히', 'one model in full'),
          choice('diff', '지금 모델과 비교', 'one beside that in use'),
          choice('train', '지금 학습하기', 'train now'),
          choice('rollback', '이전 모델로 되돌리기', 'back to the previous one'),
          choice('promote', '다른 모델 쓰기', 'put another one in use'),
        ],
      },
      {
        name: 'version',
        type: 'text',
        description: {
          ko: '어느 모델: nunchi-로 시작하는 이름',
          en: 'which model: its name, which begins with nunchi-',
        },
      },
    ],
  },
  {
    name: 'settings',
    korean: '설정',
    description: {
      ko: '설정을 보거나 바꿔요(바꾸기는 운영진)',
      en: 'See the settings; moderators change them',
    },
    options: [
      {
        name: 'mode',
        type: 'choice',
        description: { ko: '모든 채널에서 할 일', en: 'what to do in channels' },
        choices: MODE_CHOICES,
      },
      {
        name: 'here',
        type: 'choice',
        description: { ko: '이 채널에서만 할 일', en: 'what to do in this channel' },
        choices: [...MODE_CHOICES, choice('default', '다른 채널과 같게', 'as in other channels')],
      },
      {
        name: 'threshold',
        type: 'text',
        description: {
          ko: '이보다 자신 없으면 모르겠다고 해요: 0~100(%) 또는 default',
          en: 'less sure than this is "not sure": 0 to 100 (%), or default',
        },
      },
      {
        name: 'language',
        type: 'choice',
        description: { ko: '대답하는 말', en: 'language of answers' },
        choices: [
          choice('auto', '글과 같은 말', 'that of the message'),
          choice('ko', '한국어', 'Korean'),
          choice('en', '영어', 'English'),
        ],
      },
      {
        name: 'time-zone',
        type: 'text',
        description: {
          ko: '보고서의 시간대, 예: Asia/Seoul',
          en: 'time zone of reports, such as Asia/Seoul',
        },
      },
      {
        name: 'moderators',
        type: 'text',
        description: {
          ko: '더할 운영진: 역할이나 사람을 @로 부르기; 없애려면 none',
          en: 'further moderators: mention roles or people; none takes them away',
        },
      },
      {
        name: 'quorum',
        type: 'text',
        description: {
          ko: '운영진이 아닌 사람은 몇 명이 뜻을 모아야 하나요: 3 같은 수 또는 off',
          en: 'how many other people decide together: a number such as 3, or off',
        },
      },
      {
        name: 'probes',
        type: 'choice',
        description: {
          ko: '검토에 답을 아는 문장을 섞어 정정을 얼마나 믿을지 가늠하기',
          en: 'put sentences of known reading into the queue, to weigh corrections',
        },
        choices: [choice('on', '켜기', 'on'), choice('off', '끄기', 'off')],
      },
      emojiOption('positive', '긍정', 'positive'),
      emojiOption('neutral', '중립', 'neutral'),
      emojiOption('negative', '부정', 'negative'),
      emojiOption('forget', '잊기', '"forget this reading"'),
      {
        name: 'news',
        type: 'choice',
        description: { ko: '밤 학습 소식을 받을 곳', en: 'where news of the nightly training goes' },
        choices: [choice('here', '이 채널', 'this channel'), choice('off', '받지 않기', 'nowhere')],
      },
      {
        name: 'alerts',
        type: 'choice',
        description: {
          ko: '분위기가 급히 나빠지면 소식 채널에 알리기',
          en: 'tell the news channel of steep falls of the mood',
        },
        choices: [choice('on', '켜기', 'on'), choice('off', '끄기', 'off')],
      },
    ],
  },
  {
    name: 'privacy',
    korean: '개인정보',
    description: {
      ko: '무엇이 저장되는지 보고, 받고, 지워요',
      en: 'What is stored about you: see, take, delete',
    },
    options: [
      {
        name: 'action',
        type: 'choice',
        description: { ko: '무엇을 할까요', en: 'what to do' },
        choices: [
          choice('show', '무엇이 저장되는지 보기', 'what is stored'),
          choice('export', '내 것을 파일로 받기', 'my data as a file'),
          choice('delete', '내 것을 지우기', 'delete my data'),
          choice('leave-out', '앞으로 나는 빼기', 'leave me out from now on'),
          choice('come-back', '다시 함께하기', 'take me in again'),
        ],
      },
    ],
  },
  { name: 'help', korean: '도움말', description: { ko: '사용법', en: 'How to use Nunchi' }, options: [] },
];

/** The message menu: name at most 24 characters, as Slack has it. */
export const MESSAGE_MENU = [
  { request: 'read', name: { ko: '분위기 읽기', en: 'Read the mood' } },
  { request: 'why', name: { ko: '왜 이렇게 읽었나요?', en: 'Why this reading?' } },
  { request: 'correct', name: { ko: '읽기 고치기', en: 'Correct the reading' } },
] as const satisfies readonly { request: ChatRequest['type']; name: Words }[];

/**
 * What a command with its options asks for.
 * @throws NunchiError `invalid-input`, in the language of the asker
 */
export function requestOf(asker: Asker, name: CommandName, values: CommandValues): ChatRequest {
  checkChoices(asker.language, name, values);
  const chosen = (option: string) => (typeof values[option] === 'string' ? values[option] : undefined);
  switch (name) {
    case 'help':
    case 'queue':
      return { ...asker, type: name };
    case 'why':
      return { ...asker, type: 'why', message: null };
    case 'check':
      return { ...asker, type: 'check', text: chosen('text') ?? '' };
    case 'report':
      return {
        ...asker,
        type: 'report',
        unit: (chosen('unit') ?? 'day') as ReportUnit,
        scope: (chosen('scope') ?? 'channel') as 'channel' | 'community',
        share: values.share === true,
      };
    case 'model':
      return {
        ...asker,
        type: 'model',
        action: (chosen('action') ?? 'status') as ModelAction,
        ...(chosen('version') === undefined ? {} : { version: chosen('version')?.trim() ?? '' }),
      };
    case 'privacy':
      return { ...asker, type: 'privacy', action: (chosen('action') ?? 'show') as PrivacyAction };
    case 'settings':
      return { ...asker, type: 'settings', change: settingsChange(asker, values) };
  }
}

function checkChoices(language: Language, name: CommandName, values: CommandValues): void {
  const options = COMMANDS.find((command) => command.name === name)?.options ?? [];
  for (const { name: option, type, choices, required, description } of options) {
    const value = values[option];
    if (required && (value === undefined || value === '')) {
      throw missing(language, name, description);
    }
    if (type !== 'choice' || value === undefined) continue;
    if (choices?.some((one) => one.value === value)) continue;
    const known = choices?.map((one) => one.value).join(', ') ?? '';
    throw mistake(language, option, known, known);
  }
}

function missing(language: Language, name: CommandName, { ko, en }: Words): NunchiError {
  return language === 'ko'
    ? new NunchiError('invalid-input', `${name} 뒤에 ${ko}을 같이 써 주세요.`, {
        hint: '예: check 오늘 정말 좋았어요',
      })
    : new NunchiError('invalid-input', `Please write ${en} after ${name}.`, {
        hint: 'For example: check That went well!',
      });
}

function mistake(language: Language, option: string, ko: string, en: string): NunchiError {
  return language === 'ko'
    ? new NunchiError('invalid-input', `${option}: 이렇게 써 주세요: ${ko}`, { hint: '바뀐 것은 없어요.' })
    : new NunchiError('invalid-input', `${option}: expected ${en}`, { hint: 'Nothing was changed.' });
}

const NONE = /^(none|없음)$/iu;
/** As Discord and Slack write them in a text. */
const ROLE = /<@&(\d+)>|<!subteam\^(\w+)(?:\|[^>]*)?>/gu;
const PERSON = /<@!?(\w+)(?:\|[^>]*)?>/gu;

function settingsChange(asker: Asker, values: CommandValues): SettingsChange | null {
  const given = (option: string) => {
    const value = values[option];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const change: SettingsChange = {};
  const mode = given('mode');
  if (mode !== undefined) change.mode = mode as Mode;
  const here = given('here');
  if (here !== undefined) change.channels = { [asker.channelId]: here === 'default' ? null : (here as Mode) };
  const threshold = given('threshold');
  if (threshold !== undefined) change.threshold = thresholdOf(asker.language, threshold);
  const language = given('language');
  if (language !== undefined) change.language = language as 'auto' | Language;
  const timeZone = given('time-zone');
  if (timeZone !== undefined) change.timeZone = timeZone;
  const moderators = given('moderators');
  if (moderators !== undefined) Object.assign(change, moderatorsOf(asker.language, moderators));
  const quorum = given('quorum');
  if (quorum !== undefined) change.quorum = quorumOf(asker.language, quorum);
  const probes = given('probes');
  if (probes !== undefined) change.probes = probes === 'on';
  const emoji = Object.fromEntries(
    (['positive', 'neutral', 'negative', 'forget'] as const)
      .map((meaning) => [meaning, given(meaning)] as const)
      .filter(([, value]) => value !== undefined)
      .map(([meaning, value]) => [meaning, NONE.test(value ?? '') ? [] : (value ?? '').split(/[\s,]+/u)]),
  );
  if (Object.keys(emoji).length > 0) change.emoji = emoji as NonNullable<SettingsChange['emoji']>;
  const news = given('news');
  if (news !== undefined) change.newsChannel = news === 'here' ? asker.channelId : null;
  const alerts = given('alerts');
  if (alerts !== undefined) change.alerts = alerts === 'on';
  return Object.keys(change).length === 0 ? null : change;
}

function thresholdOf(language: Language, value: string): number | null {
  if (value === 'default') return null;
  const number = Number(value.replace(/%$/u, ''));
  const known = ['0~100 사이의 수 또는 default', 'a number from 0 to 100, or default'] as const;
  if (!Number.isFinite(number) || number < 0 || number > 100) throw mistake(language, 'threshold', ...known);
  return number / 100;
}

function moderatorsOf(language: Language, value: string): SettingsChange {
  if (NONE.test(value)) return { moderatorRoles: [], moderators: [] };
  const ids = (pattern: RegExp) =>
    [...value.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? '').filter(Boolean);
  const moderatorRoles = ids(ROLE);
  const moderators = ids(PERSON);
  if (moderatorRoles.length + moderators.length === 0) {
    throw mistake(language, 'moderators', '@역할 @사람, 또는 none', '@roles and @people, or none');
  }
  return { moderatorRoles, moderators };
}

function quorumOf(language: Language, value: string): NonNullable<SettingsChange['quorum']> | null {
  if (/^(off|끔)$/iu.test(value)) return null;
  const people = Number(value);
  if (!Number.isInteger(people) || people < 2 || people > 100) {
    throw mistake(language, 'quorum', '2~100 사이의 수 또는 off', 'a number from 2 to 100, or off');
  }
  return { people, agreement: DEFAULT_QUORUM.agreement };
}
