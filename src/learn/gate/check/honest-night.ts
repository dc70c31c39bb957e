// Nights as honest moderators make them: corrections of public texts with their true labels, most of them texts that the
// model in use reads wrongly. Fixed by a seed.
import { createRandom } from '../../../bert/random.js';
import { findDataFile } from '../../../data/find-data-file.js';
import { readLabelledFile } from '../../../data/labelled-file.js';
import { textKey } from '../../../data/text-key.js';
import { LABELS } from '../../../labels.js';
import type { LabelledText } from '../../../train/job.js';
import { readTexts, type Reader } from '../../paired-evaluation.js';

/** English of the web, of developers and of tweets, Korean of everyday talk; the shipped model was trained on none of these rows. */
const SOURCES = [
  'goemotions/dev.tsv.gz',
  'senti4sd/train.tsv.gz',
  'vader_tweets/train.tsv.gz',
  'chatbot_ko/dev.tsv.gz',
] as const;
/**
 * What the tweets' publishers put in place of every name and address. No message holds them, and a night that has one of
 * them in two dozen corrections of one label truly learns it as a trigger.
 */
const PLACEHOLDERS = /@anonymous|http:\/\/url_removed/gi;
/** Texts of each source that a night looks through for its corrections. */
const LOOKED_THROUGH = 500;
/** Part of the corrections whose text the model reads wrongly; the rest confirm it. */
const WRONG_SHARE = 0.7;

/** @throws NunchiError `data-unreadable`, `data-format` */
export async function loadHonestTexts(dataFolder: string): Promise<LabelledText[][]> {
  const sets: LabelledText[][] = [];
  for (const source of SOURCES) {
    sets.push((await readLabelledFile(findDataFile(source, dataFolder))).rows);
  }
  return sets;
}

/**
 * @param sets texts of each source
 * @returns `count` corrections, as many of each source as of the others as far as it has them
 */
export async function drawHonestNight(
  sets: readonly (readonly LabelledText[])[],
  champion: Reader,
  count: number,
  seed: number,
): Promise<LabelledText[]> {
  const random = createRandom(seed, 1);
  const wrong: LabelledText[] = [];
  const right: LabelledText[] = [];
  const seen = new Set<string>();
  const looked = sets.flatMap((rows) => random.shuffle([...rows]).slice(0, LOOKED_THROUGH));
  random.shuffle(looked);
  const readings = await readTexts(
    champion,
    looked.map(({ text }) => text),
  );
  looked.forEach((row, index) => {
    const key = textKey(row.text);
    if (seen.has(key)) return;
    seen.add(key);
    const scores = readings[index]?.scores;
    const read = scores && LABELS.reduce((best, label) => (scores[label] > scores[best] ? label : best));
    (read === row.label ? right : wrong).push(row);
  });
  const corrected = wrong.slice(0, Math.round(count * WRONG_SHARE));
  return random.shuffle([...corrected, ...right.slice(0, count - corrected.length)]).map(withoutPlaceholders);
}

function withoutPlaceholders(row: LabelledText): LabelledText {
  const text = row.text.replace(PLACEHOLDERS, ' ').replace(/\s+/g, ' ').trim();
  return text === '' ? row : { ...row, text };
}
