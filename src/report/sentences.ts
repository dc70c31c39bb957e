// What a report says in two sentences, Korean and English: how it was over all, and what changed, if anything did.
import type { Language } from '../chat/platform.js';
import type { MoodBucket, MoodCounts, MoodScope } from '../store/contracts/reports.js';
import { formatCount } from '../svg.js';
import type { BucketSize } from '../time-buckets.js';
import { moodOf, sharesOf, shownBuckets, sumCounts, type Mood, type ShownBucket } from './mood.js';
import type { TimeLabels } from './time-labels.js';

export interface ReportFacts {
  buckets: readonly MoodBucket[];
  size: BucketSize;
  scope: MoodScope;
  /** What people call the channel or community. */
  name: string | undefined;
  labels: TimeLabels;
  language: Language;
}

type Tone = 'good' | 'rather-good' | 'balanced' | 'rather-low' | 'low' | 'few' | 'unsure';

const TONES: Record<Language, Record<Tone, string>> = {
  ko: {
    good: '좋았어요',
    'rather-good': '좋은 편이었어요',
    balanced: '어느 쪽으로도 기울지 않았어요',
    'rather-low': '조금 가라앉아 있었어요',
    low: '많이 가라앉아 있었어요',
    few: '메시지가 적어서 어느 쪽이었는지 말하기 어려워요',
    unsure: '잘 모르겠어요',
  },
  en: {
    good: 'the mood was good',
    'rather-good': 'the mood was rather good',
    balanced: 'the mood leaned neither way',
    'rather-low': 'the mood was rather low',
    low: 'the mood was low',
    few: 'there were too few messages to say which way the mood leaned',
    unsure: 'I could not tell the mood',
  },
};
const ENGLISH_UNITS: Record<BucketSize, string> = { hour: 'hours', day: 'days', week: 'weeks' };
/** As they are counted, as one of them is named, and as the subject of a sentence. */
const KOREAN_UNITS: Record<BucketSize, { counted: string; one: string; subject: string }> = {
  hour: { counted: '시간', one: '시간', subject: '시간이' },
  day: { counted: '일', one: '날', subject: '날이' },
  week: { counted: '주', one: '주', subject: '주가' },
};
const KINDS: Record<Language, Record<MoodScope['kind'], string>> = {
  ko: { channel: '채널', community: '커뮤니티' },
  en: { channel: 'channel', community: 'community' },
};

/** From here on a mood that is surely on one side is plainly so; below `SLIGHT` it is balanced all the same. */
const PLAIN = 0.3;
const SLIGHT = 0.1;
/** An interval that holds both sides and is wider than this says nothing. */
const WIDE = 0.4;
/** Fewer buckets have no first and second half. */
const MIN_FOR_HALVES = 4;

export function sayReport(facts: ReportFacts): [string, string] {
  const shown = shownBuckets(facts.buckets);
  if (shown.length === 0) return [sayHidden(facts), sayWhyHidden(facts)];
  return [sayOverall(facts, shown), sayChange(facts, shown)];
}

export function placeOf({ scope, name, language }: Pick<ReportFacts, 'scope' | 'name' | 'language'>): string {
  const kind = KINDS[language][scope.kind];
  if (language === 'ko') return name === undefined ? `이 ${kind}` : `${name} ${kind}`;
  return name ?? `this ${kind}`;
}

function toneOf(mood: Mood | null): Tone {
  if (mood === null) return 'unsure';
  const { value, low, high } = mood;
  if (low > 0 && value >= SLIGHT) return value >= PLAIN ? 'good' : 'rather-good';
  if (high < 0 && value <= -SLIGHT) return value <= -PLAIN ? 'low' : 'rather-low';
  return high - low > WIDE ? 'few' : 'balanced';
}

function sayOverall(facts: ReportFacts, shown: readonly ShownBucket[]): string {
  const { buckets, size, labels, language } = facts;
  const sum = sumCounts(shown);
  const mood = moodOf(sum.counts);
  const tone = TONES[language][toneOf(mood)];
  const read = sayRead(sum, mood === null, language);
  const [period, place] = [labels.period(buckets), placeOf(facts)];
  const some = shown.length < buckets.length;
  if (language === 'ko') {
    const unit = KOREAN_UNITS[size].counted;
    const part = some
      ? `다섯 명 이상이 쓴 ${shown.length}${unit}(전체 ${buckets.length}${unit})만 보면 `
      : '';
    return `${period} ${place}의 분위기는 ${part}${tone}: ${read}.`;
  }
  const part = some
    ? `going by ${shown.length} of ${buckets.length} ${ENGLISH_UNITS[size]} (fewer than five people wrote in the others), `
    : '';
  return `In ${place}, ${period}, ${part}${tone}: ${read}.`;
}

function sayRead(sum: Omit<MoodCounts, 'authors'>, allUnsure: boolean, language: Language): string {
  const total = formatCount(sum.messages);
  const { positive, neutral, negative, unsure } = sharesOf(sum);
  if (language === 'ko') {
    if (allUnsure) return `메시지 ${total}개 가운데 확실히 읽은 것이 없어요`;
    const doubt = sum.unsure === 0 ? '' : `, 잘 모르겠는 것 ${unsure}%`;
    return `메시지 ${total}개 가운데 긍정 ${positive}%, 중립 ${neutral}%, 부정 ${negative}%${doubt}예요`;
  }
  if (allUnsure) return `I was not sure about any of ${total} messages`;
  const doubt = sum.unsure === 0 ? '' : `, and was not sure about ${unsure}%`;
  return `I read ${positive}% of ${total} messages as positive, ${neutral}% as neutral and ${negative}% as negative${doubt}`;
}

function sayChange({ size, labels, language }: ReportFacts, shown: readonly ShownBucket[]): string {
  const korean = language === 'ko';
  const change = changeIn(shown);
  switch (change.kind) {
    case 'nothing-to-compare':
      return korean
        ? `비교할 수 있는 ${KOREAN_UNITS[size].subject} 둘이 되지 않아 달라졌는지는 말할 수 없어요.`
        : `With fewer than two ${ENGLISH_UNITS[size]} to compare I cannot say whether it changed.`;
    case 'none':
      return korean
        ? '높낮이는 있지만 우연으로 볼 만큼 작은 차이예요.'
        : `The differences between the ${ENGLISH_UNITS[size]} are small enough to be chance.`;
    case 'extremes': {
      const { best, worst } = change;
      const [high, low] = [sayShares([best], language), sayShares([worst], language)];
      return korean
        ? `${labels.within(best)}(${high}) 가장 좋았고, ${labels.within(worst)}(${low}) 가장 가라앉았어요.`
        : `It was best ${labels.within(best)} (${high}) and lowest ${labels.within(worst)} (${low}).`;
    }
    case 'trend': {
      const [first, second] = [sayShares(change.first, language), sayShares(change.second, language)];
      return korean
        ? `뒤로 가면서 ${change.up ? '나아졌어요' : '가라앉았어요'}: 앞 절반은 ${first}, 뒤 절반은 ${second}예요.`
        : `It ${change.up ? 'rose' : 'fell'} over time: ${first} in the first half, ${second} in the second.`;
    }
  }
}

type Change =
  | { kind: 'nothing-to-compare' | 'none' }
  | { kind: 'extremes'; best: ShownBucket; worst: ShownBucket }
  | { kind: 'trend'; up: boolean; first: ShownBucket[]; second: ShownBucket[] };

/** Only what lies in intervals that do not overlap is called a change. */
function changeIn(shown: readonly ShownBucket[]): Change {
  const rated = shown.flatMap((bucket) => {
    // The best and the lowest are picked out of all of them, so that all their intervals must hold together.
    const mood = moodOf(bucket.counts, shown.length);
    return mood === null ? [] : [{ bucket, mood }];
  });
  const byMood = [...rated].sort((a, b) => b.mood.value - a.mood.value);
  const [best, worst] = [byMood[0], byMood.at(-1)];
  if (best === undefined || worst === undefined || best === worst) return { kind: 'nothing-to-compare' };
  if (best.mood.low > worst.mood.high) return { kind: 'extremes', best: best.bucket, worst: worst.bucket };
  if (rated.length < MIN_FOR_HALVES) return { kind: 'none' };
  const buckets = rated.map(({ bucket }) => bucket);
  const middle = Math.floor(buckets.length / 2);
  const [first, second] = [buckets.slice(0, middle), buckets.slice(middle)];
  const [before, after] = [moodOf(sumCounts(first).counts), moodOf(sumCounts(second).counts)];
  if (before === null || after === null) return { kind: 'none' };
  const up = after.low > before.high;
  return up || after.high < before.low ? { kind: 'trend', up, first, second } : { kind: 'none' };
}

function sayShares(buckets: readonly ShownBucket[], language: Language): string {
  const { positive, negative } = sharesOf(sumCounts(buckets));
  return language === 'ko'
    ? `긍정 ${positive}%, 부정 ${negative}%`
    : `${positive}% positive, ${negative}% negative`;
}

function sayHidden(facts: ReportFacts): string {
  const { buckets, size, labels, language } = facts;
  const [period, place] = [labels.period(buckets), placeOf(facts)];
  return language === 'ko'
    ? `${period} ${place}에서는 어느 ${KOREAN_UNITS[size].one}에도 다섯 명 이상이 쓰지 않아서 보여 드릴 것이 없어요.`
    : `There is nothing to show for ${place}, ${period}: ${size === 'day' ? 'on' : 'in'} no ${size} did five or more people write.`;
}

function sayWhyHidden({ size, language }: ReportFacts): string {
  return language === 'ko'
    ? '누구의 마음인지 드러나지 않도록 다섯 명 이상이 쓴 때만 보여 드려요.'
    : `I show only ${ENGLISH_UNITS[size]} in which at least five people wrote, so that nobody’s own mood can be made out.`;
}
