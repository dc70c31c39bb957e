// Which of Nunchi's two languages a text is answered in.
import type { Language } from './platform.js';
import type { CommunitySettings } from './settings.js';

const HANGUL = /\p{Script=Hangul}/u;
const LATIN = /\p{Script=Latin}/u;

/** Hangul anywhere gives Korean, Latin letters alone English; a text without either (emoji, digits) gives `fallback`. */
export function languageOf(text: string, fallback: Language): Language {
  if (HANGUL.test(text)) return 'ko';
  return LATIN.test(text) ? 'en' : fallback;
}

/** Of what is said about `text`: what the community has set, else the language of the text. */
export function answerLanguage(
  { language }: Pick<CommunitySettings, 'language'>,
  text: string,
  fallback: Language,
): Language {
  return language === 'auto' ? languageOf(text, fallback) : language;
}
