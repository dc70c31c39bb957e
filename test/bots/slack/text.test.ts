// Slack's way of writing texts and names of emoji, and plain ones.
import { describe, expect, it } from 'vitest';
import { emojiName } from '../../../bots/slack/send/emoji.js';
import { escapeText, plainText } from '../../../bots/slack/translate/text.js';

describe('a text of Slack’s', () => {
  it.each([
    ['<@U1> hello', 'hello'],
    ['hello <@U1|nunchi>, and <@U2>', 'hello , and @someone'],
    ['&lt;b&gt; &amp;amp; so on', '<b> &amp; so on'],
    ['see <https://example.org/a?b=c&amp;d|the page>', 'see the page'],
    ['see <https://example.org/a?b=c&amp;d>', 'see https://example.org/a?b=c&d'],
    ['write to <mailto:a@example.org|a@example.org>', 'write to a@example.org'],
    ['in <#C1|general> and <#C2>', 'in #general and #channel'],
    ['<!here> <!channel|channel> <!subteam^S1|@care> <!subteam^S2>', '@here @channel @care @group'],
    ['<!date^1392734382^{date}|Feb 18, 2014>', 'Feb 18, 2014'],
    ['1 < 2 and <not an entity>', '1 < 2 and <not an entity>'],
    [':tada:  :large_green_circle:', ':tada: :large_green_circle:'],
    ['first\nsecond', 'first\nsecond'],
    ['<@U1>', ''],
  ])('%s reads as people see it', (written, read) => {
    expect(plainText(written, 'U1')).toBe(read);
  });

  it('is what was escaped', () => {
    const text = '<@U2> & <!channel> &amp; <https://example.org|x>';
    expect(escapeText(text)).not.toMatch(/[<>]/);
    expect(plainText(escapeText(text), 'U1')).toBe(text);
  });
});

describe('the name of an emoji', () => {
  it.each([
    ['🟢', 'large_green_circle'],
    ['⚪', 'white_circle'],
    ['⚪️', 'white_circle'],
    ['🔴', 'red_circle'],
    ['❌', 'x'],
    [':tada:', 'tada'],
    ['constructor', 'constructor'],
  ])('of %s is %s', (emoji, name) => {
    expect(emojiName(emoji)).toBe(name);
  });
});
