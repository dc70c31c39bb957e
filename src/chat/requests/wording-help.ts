// What Nunchi says of its commands and menus, Korean and English; how to talk with it is in `sayHelp`.
import type { Language } from '../platform.js';

/** @param moderator also what only moderators can do */
export function sayCommands(moderator: boolean, language: Language): string {
  if (language === 'ko') {
    return [
      '명령으로는 이런 것을 할 수 있어요.',
      '• check: 써 주신 글을 읽어요. 저장하지 않고, 혼자만 보실 수 있어요.',
      '• why: 마지막 답에서 어떤 말을 보고 그렇게 읽었는지 알려 드려요.',
      '• report: 채널이나 커뮤니티의 분위기를 그림으로 보여 드려요.',
      '• model: 지금 쓰는 모델과 지금까지의 학습을 알려 드려요.',
      '• settings: 이곳의 설정을 보여 드려요.',
      '• privacy: 저장된 내 정보를 보고, 내려받고, 지우고, 빠질 수도 있어요.',
      ...(moderator
        ? ['운영진은 queue로 헷갈리는 메시지에 라벨을 붙이고, settings와 model을 바꿀 수 있어요.']
        : []),
      '메시지 메뉴에서는 읽기, 이유 보기, 바로잡기를 할 수 있어요.',
    ].join('\n');
  }
  return [
    'These are the commands.',
    '• check: I read a text of yours. It is not stored, and only you see the answer.',
    '• why: which words I went by in my last answer.',
    '• report: the mood of a channel or of the community, as a picture.',
    '• model: which model I am using, and what it has learned so far.',
    '• settings: how I am set up here.',
    '• privacy: see, export or delete what I store about you, or be left out.',
    ...(moderator
      ? ['As a moderator you can also label unclear messages with queue, and change settings and model.']
      : []),
    'In the menu of a message you can have it read, ask why, or correct the reading.',
  ].join('\n');
}
