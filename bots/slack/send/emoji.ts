// Characters as Slack names them; whatever is a name already stays one.
const NAMES: Record<string, string> = {
  '🟢': 'large_green_circle',
  '⚪': 'white_circle',
  '🔴': 'red_circle',
  '❌': 'x',
  '👍': '+1',
  '👎': '-1',
};

export function emojiName(emoji: string): string {
  const bare = emoji.replace(/\uFE0F/gu, '').replace(/^:|:$/gu, '');
  return Object.hasOwn(NAMES, bare) ? (NAMES[bare] ?? bare) : bare;
}
