// The emoji table: what is feedback where, and that social reactions are not.
import { describe, expect, it } from 'vitest';
import { feedbackMeaning, foldEmoji, OFFERED_EMOJI } from '../../src/chat/feedback.js';

describe('emoji as feedback', () => {
  it.each([
    ['🟢', 'positive'],
    ['⚪', 'neutral'],
    ['⚪️', 'neutral'],
    ['🔴', 'negative'],
    ['large_green_circle', 'positive'],
    [':white_circle:', 'neutral'],
    ['red_circle', 'negative'],
  ])('%s sets %s on messages and answers', (emoji, label) => {
    expect(feedbackMeaning(emoji, 'person')).toEqual({ kind: 'set', label });
    expect(feedbackMeaning(emoji, 'nunchi')).toEqual({ kind: 'set', label });
  });

  it.each(['❌', 'x'])('%s forgets the reading', (emoji) => {
    expect(feedbackMeaning(emoji, 'person')).toEqual({ kind: 'forget' });
  });

  it.each(['👍', '👍🏽', '👍🏿', '+1', '+1::skin-tone-3', ':+1::skin-tone-6:', 'thumbsup'])(
    '%s confirms an answer',
    (emoji) => {
      expect(feedbackMeaning(emoji, 'nunchi')).toEqual({ kind: 'confirm' });
    },
  );

  it.each(['👎', '👎🏻', '-1', '-1::skin-tone-2'])('%s asks for the right label', (emoji) => {
    expect(feedbackMeaning(emoji, 'nunchi')).toEqual({ kind: 'ask' });
  });

  it.each(['👍', '👍🏽', '👎', '+1', '-1', '❤️', '😂', '🎉', '😢', 'heart', 'joy', 'tada', 'constructor', ''])(
    '%s under a message of a person means nothing',
    (emoji) => {
      expect(feedbackMeaning(emoji, 'person')).toBeNull();
    },
  );

  it.each(['❤️', '😂', '😢', '🟡', 'eyes', 'toString'])('%s under an answer means nothing', (emoji) => {
    expect(feedbackMeaning(emoji, 'nunchi')).toBeNull();
  });

  it('offers only emoji that mean something', () => {
    for (const author of ['person', 'nunchi'] as const) {
      for (const emoji of OFFERED_EMOJI[author]) expect(feedbackMeaning(emoji, author)).not.toBeNull();
    }
  });

  it('folds skin tones of every kind', () => {
    expect(['👍🏻', '👍🏼', '👍🏽', '👍🏾', '👍🏿'].map(foldEmoji)).toEqual(Array(5).fill('👍'));
  });
});
