// Messages of distress: they get a short, kind answer instead of a label, and are neither charted nor trained on.

export type Distress = 'self-harm' | 'grief';

/** First-person wishes, not the topic: a review of a film about suicide is an ordinary message. */
const SELF_HARM = [
  /(죽고|사라지고|없어지고)\s?싶(다|어|은|네|고|습|지|음)(?!을)/u,
  /살기\s?(가\s?)?싫|살고\s?싶지\s?않|그만\s?살고\s?싶/u,
  /자살\s?(하고\s?싶|할\s?(거|래|까|생각)|생각(이|만|뿐)|충동)/u,
  /자해\s?(하고\s?싶|했|할|충동)/u,
  /(목숨|생)을\s?(끊|마감하)고\s?싶/u,
  /\b(kill|hurt|harm|cut)(ing)?\s+myself\b/iu,
  /\b(want|wanna|wish|going)\s+(to\s+)?(die|be dead|end it all|end my life)\b|\bi wish i (was|were) dead\b/iu,
  /\b(i'?m|i am|i feel|feeling)\s+suicidal\b|\bend(ing)? my (own )?life\b/iu,
  /\b(don'?t|do not|no longer)\s+want to (live|be alive)\b/iu,
];

const KIN_KO =
  '엄마|아빠|어머니|아버지|할머니|할아버지|남편|아내|아들|딸|동생|형|누나|언니|오빠|친구|강아지|고양이';
const KIN_EN =
  'mom|mum|mother|dad|father|grandma|grandmother|grandpa|grandfather|husband|wife|son|daughter|brother|sister|friend|dog|cat|baby';
const GRIEF = [
  new RegExp(
    `(${KIN_KO})(께서|가|이)?\\s?(어제|오늘|작년에|얼마 전에?)?\\s?(돌아가셨|세상을 떠|하늘나라|죽었)`,
    'u',
  ),
  new RegExp(`\\bmy (${KIN_EN}) (just |has )?(died|passed away|is dead)\\b`, 'iu'),
  new RegExp(`\\b(lost|buried) my (${KIN_EN}) (today|yesterday|to |last )`, 'iu'),
];

/** Only the beginning of a very long text is looked at. */
const LOOK_AT = 4000;

/** A finite list of phrases: it misses some and is meant to; what it finds is answered with care. */
export function distressIn(text: string): Distress | null {
  const beginning = text.slice(0, LOOK_AT).normalize('NFC').replaceAll('’', "'");
  if (SELF_HARM.some((pattern) => pattern.test(beginning))) return 'self-harm';
  return GRIEF.some((pattern) => pattern.test(beginning)) ? 'grief' : null;
}
