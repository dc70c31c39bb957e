// The few sentences that Slack's own ways make necessary.
import type { Language } from '../../../src/chat/platform.js';

type Text = Record<Language, string>;

export const CLOSE: Text = { ko: '닫기', en: 'Close' };
export const SENT_DIRECTLY: Text = {
  ko: '파일은 저와의 다이렉트 메시지로 보내 드렸어요.',
  en: 'The file is in your direct messages with me.',
};
export const NOT_SENT: Text = {
  ko: '파일을 보내지 못했어요. 잠시 뒤에 다시 해 주세요.',
  en: 'The file could not be sent. Please try again in a moment.',
};
export const TOO_LATE: Text = {
  ko: '창을 여는 데 너무 오래 걸렸어요. 한 번 더 눌러 주세요.',
  en: 'Opening the dialog took too long. Please choose it once more.',
};
/** On a server that has no dialogs. */
export const NO_DIALOG: Text = {
  ko: '여기서는 창을 열 수 없어요. 그 메시지에 🟢, ⚪, 🔴 가운데 하나를 달아 고쳐 주세요.',
  en: 'No dialog can be opened here. Put 🟢, ⚪ or 🔴 under the message instead.',
};
export const OTHER_ORGANISATION: Text = {
  ko: '다른 조직에 있는 분의 메시지는 읽지 않아요.',
  en: 'Messages of people from other organisations are left alone.',
};
