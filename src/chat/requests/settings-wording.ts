// Every setting of a community as people read it, and what each of them takes. Korean and English. Names in brackets are
// those of the options of the settings command.
import type { Language } from '../platform.js';
import type { CommunitySettings, Mode } from '../settings.js';

type Words = Record<Language, string>;
export type SettingName = keyof CommunitySettings;

/** Where the settings are asked for, and what holds where they leave it open. */
export interface SettingsPlace {
  channelId: string;
  /** Confidence below which a reading is "not sure" in this installation. */
  threshold: number;
}

/** In the order in which they are shown. */
export const SETTING_NAMES = [
  'mode',
  'channels',
  'threshold',
  'emoji',
  'language',
  'timeZone',
  'moderatorRoles',
  'moderators',
  'quorum',
  'probes',
  'newsChannel',
  'alerts',
] as const satisfies readonly SettingName[];

const OPTIONS: Record<SettingName, string> = {
  mode: 'mode',
  channels: 'here',
  threshold: 'threshold',
  emoji: 'positive, neutral, negative, forget',
  language: 'language',
  timeZone: 'time-zone',
  moderatorRoles: 'moderators',
  moderators: 'moderators',
  quorum: 'quorum',
  probes: 'probes',
  newsChannel: 'news',
  alerts: 'alerts',
};

const TITLES: Record<SettingName, Words> = {
  mode: { ko: '모든 채널에서', en: 'In channels' },
  channels: { ko: '이 채널에서', en: 'In this channel' },
  threshold: { ko: '모르겠다고 하는 기준', en: 'Not sure below' },
  emoji: { ko: '정정 이모지', en: 'Emoji that correct' },
  language: { ko: '대답하는 말', en: 'Language of answers' },
  timeZone: { ko: '시간대', en: 'Time zone' },
  moderatorRoles: { ko: '더한 운영진 역할', en: 'Further moderators, roles' },
  moderators: { ko: '더한 운영진', en: 'Further moderators, people' },
  quorum: { ko: '운영진이 아닌 사람의 정정', en: 'Corrections by other people' },
  probes: { ko: '검토에 섞는 확인 문장', en: 'Check sentences in the queue' },
  newsChannel: { ko: '소식 채널', en: 'News channel' },
  alerts: { ko: '분위기 급락 알림', en: 'Alerts on steep falls' },
};

const MODES: Record<Language, Record<Mode, string>> = {
  ko: {
    silent: '읽기만 해요(silent)',
    react: '확실할 때만 이모지를 달아요(react)',
    request: '부탁할 때만 읽어요(request)',
    off: '읽지 않아요(off)',
  },
  en: {
    silent: 'reads and says nothing (silent)',
    react: 'reacts where it is sure (react)',
    request: 'reads only when asked (request)',
    off: 'leaves it alone (off)',
  },
};

const NONE: Words = { ko: '없음', en: 'none' };

type Sayings = { [Name in SettingName]: (settings: CommunitySettings, place: SettingsPlace) => string };

const VALUES: Record<Language, Sayings> = {
  ko: {
    mode: ({ mode }) => MODES.ko[mode],
    channels: ({ channels }, { channelId }) => {
      const { [channelId]: here, ...others } = channels;
      const elsewhere = Object.entries(others).map(([id, mode]) => `${id} ${mode}`);
      const said = here === undefined ? '다른 채널과 같아요' : MODES.ko[here];
      return elsewhere.length === 0 ? said : `${said}. 따로 정한 다른 채널: ${elsewhere.join(', ')}`;
    },
    threshold: ({ threshold }, place) =>
      threshold === null ? `${percent(place.threshold)}(기본값)` : percent(threshold),
    emoji: ({ emoji }) =>
      listEmoji(emoji, { positive: '긍정', neutral: '중립', negative: '부정', forget: '잊기' }),
    language: ({ language }) => ({ auto: '글과 같은 말', ko: '한국어', en: '영어' })[language],
    timeZone: ({ timeZone }) => timeZone,
    moderatorRoles: ({ moderatorRoles }) => moderatorRoles.join(', ') || NONE.ko,
    moderators: ({ moderators }) => moderators.join(', ') || NONE.ko,
    quorum: ({ quorum }) =>
      quorum === null
        ? '저장만 하고 세지 않아요'
        : `${quorum.people}명 이상이 말하고 그 가운데 ${percent(quorum.agreement)} 이상이 같으면 세요`,
    probes: ({ probes }) =>
      probes
        ? '켜짐. 답을 아는 문장이 열에 하나쯤 섞여 나오고, 그 답으로 정정을 얼마나 믿을지 가늠해요. 학습에 쓰지 않고, 사람별 결과는 누구에게도 보여 주지 않아요'
        : '꺼짐',
    newsChannel: ({ newsChannel }, { channelId }) =>
      newsChannel === null ? '받지 않아요' : newsChannel === channelId ? '이 채널' : newsChannel,
    alerts: ({ alerts, newsChannel }) =>
      !alerts
        ? '꺼짐'
        : newsChannel === null
          ? '켜짐. 소식 채널(news)을 정해 주셔야 알려 드릴 수 있어요'
          : '켜짐',
  },
  en: {
    mode: ({ mode }) => MODES.en[mode],
    channels: ({ channels }, { channelId }) => {
      const { [channelId]: here, ...others } = channels;
      const elsewhere = Object.entries(others).map(([id, mode]) => `${id} ${mode}`);
      const said = here === undefined ? 'as in other channels' : MODES.en[here];
      return elsewhere.length === 0 ? said : `${said}. Other channels of their own: ${elsewhere.join(', ')}`;
    },
    threshold: ({ threshold }, place) =>
      threshold === null ? `${percent(place.threshold)} (default)` : percent(threshold),
    emoji: ({ emoji }) =>
      listEmoji(emoji, { positive: 'positive', neutral: 'neutral', negative: 'negative', forget: 'forget' }),
    language: ({ language }) => ({ auto: 'that of the message', ko: 'Korean', en: 'English' })[language],
    timeZone: ({ timeZone }) => timeZone,
    moderatorRoles: ({ moderatorRoles }) => moderatorRoles.join(', ') || NONE.en,
    moderators: ({ moderators }) => moderators.join(', ') || NONE.en,
    quorum: ({ quorum }) =>
      quorum === null
        ? 'kept, and not counted'
        : `counted once ${quorum.people} have spoken and ${percent(quorum.agreement)} of them agree`,
    probes: ({ probes }) =>
      probes
        ? 'on: about one message in ten is a sentence whose reading I know, and the answers say how far I rely on corrections. They are not trained on, and nobody is shown how a person did'
        : 'off',
    newsChannel: ({ newsChannel }, { channelId }) =>
      newsChannel === null ? 'none' : newsChannel === channelId ? 'this channel' : newsChannel,
    alerts: ({ alerts, newsChannel }) =>
      !alerts
        ? 'off'
        : newsChannel === null
          ? 'on, but without a news channel (news) I cannot tell anybody'
          : 'on',
  },
};

const percent = (part: number) => `${Math.round(part * 100)}%`;

function listEmoji(
  emoji: CommunitySettings['emoji'],
  names: Record<keyof CommunitySettings['emoji'], string>,
): string {
  const base = '🟢 ⚪ 🔴 ❌';
  const own = (Object.keys(names) as (keyof typeof names)[])
    .filter((meaning) => emoji[meaning].length > 0)
    .map((meaning) => `${names[meaning]} ${emoji[meaning].join(' ')}`);
  return own.length === 0 ? base : `${base}, ${own.join(', ')}`;
}

export function saySettings(
  names: readonly SettingName[],
  settings: CommunitySettings,
  place: SettingsPlace,
  language: Language,
): string[] {
  return names.map(
    (name) => `• ${TITLES[name][language]} (${OPTIONS[name]}): ${VALUES[language][name](settings, place)}`,
  );
}

export const SETTINGS_WORDS = {
  title: { ko: '이 커뮤니티의 설정이에요.', en: 'The settings of this community:' },
  howTo: {
    ko: '운영진은 설정 명령에 괄호 안의 이름과 새 값을 같이 써서 바꿀 수 있어요.',
    en: 'Moderators change one by giving the settings command its name in brackets with a new value.',
  },
  changed: { ko: '바꿨어요.', en: 'Changed.' },
} as const satisfies Record<string, Words>;

const EXPECTED: Record<SettingName, Words> = {
  mode: {
    ko: 'silent, react, request, off 가운데 하나여야 해요.',
    en: 'one of silent, react, request or off',
  },
  channels: {
    ko: 'silent, react, request, off 가운데 하나여야 해요.',
    en: 'one of silent, react, request or off',
  },
  threshold: { ko: '0%에서 100% 사이여야 해요.', en: 'something from 0% to 100%' },
  emoji: {
    ko: '뜻마다 이모지를 열 개까지, 하나에 64자까지 쓸 수 있어요.',
    en: 'at most ten emoji for each meaning, of at most 64 characters each',
  },
  language: { ko: 'auto, ko, en 가운데 하나여야 해요.', en: 'one of auto, ko or en' },
  timeZone: {
    ko: 'Asia/Seoul이나 Europe/Berlin 같은 시간대 이름이어야 해요.',
    en: 'the name of a time zone, such as Asia/Seoul or Europe/Berlin',
  },
  moderatorRoles: { ko: '역할은 100개까지 정할 수 있어요.', en: 'at most 100 roles' },
  moderators: { ko: '사람은 100명까지 정할 수 있어요.', en: 'at most 100 people' },
  quorum: {
    ko: '사람은 2명에서 100명 사이, 뜻이 같아야 하는 비율은 50%에서 100% 사이여야 해요.',
    en: 'from 2 to 100 people, of whom 50% to 100% must agree',
  },
  probes: { ko: 'on이나 off여야 해요.', en: 'on or off' },
  newsChannel: { ko: '이 커뮤니티의 채널이어야 해요.', en: 'a channel of this community' },
  alerts: { ko: 'on이나 off여야 해요.', en: 'on or off' },
};

export function sayExpected(name: SettingName, language: Language): string {
  const expected = EXPECTED[name][language];
  return language === 'ko'
    ? `${TITLES[name].ko}(${OPTIONS[name]}): ${expected} 바뀐 것은 없어요.`
    : `${TITLES[name].en} (${OPTIONS[name]}): this takes ${expected}. Nothing was changed.`;
}
