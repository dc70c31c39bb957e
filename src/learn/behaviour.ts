// The behaviour set: small hand-written tests of single capabilities, in the style of CheckList (Ribeiro et al. 2020).
// Unlike a test split it says what a model cannot do; nothing is ever trained on it.
import path from 'node:path';
import { readLines } from '../data/text-lines.js';
import { NunchiError } from '../errors.js';
import { isLabel, LABELS, type Label, type Reading } from '../labels.js';
import { PACKAGE_ROOT } from '../paths.js';

const LANGUAGES = ['ko', 'en'] as const;
export type BehaviourLanguage = (typeof LANGUAGES)[number];

export interface BehaviourItem {
  language: BehaviourLanguage;
  /** What is tested, such as `negation`. */
  capability: string;
  /** Any of these is right. */
  expected: Label[];
  /** Items of one template are variations of each other. */
  template: string;
  text: string;
}

export interface BehaviourResult extends BehaviourItem {
  /** The likeliest label, also where the model abstains. */
  read: Label;
  confidence: number;
  abstained: boolean;
  passed: boolean;
}

export interface BehaviourTally {
  n: number;
  passed: number;
  /** Readings that are "not sure", passed or not. */
  abstained: number;
}

export interface BehaviourEvaluation {
  overall: BehaviourTally;
  perLanguage: (BehaviourTally & { language: BehaviourLanguage })[];
  perCapability: (BehaviourTally & { capability: string; language: BehaviourLanguage })[];
  /** In the order of the items. */
  results: BehaviourResult[];
}

const FOLDER = path.join(PACKAGE_ROOT, 'src', 'learn', 'behaviour');
export const BEHAVIOUR_FILES: readonly string[] = LANGUAGES.map((language) =>
  path.join(FOLDER, `behaviour-${language}.tsv`),
);

const HEADER = 'capability\texpected\ttemplate\ttext';
const FORM_HINT =
  'The first line must be "capability<TAB>expected<TAB>template<TAB>text"; expected is a label or alternatives joined by |.';

function languageOfFile(file: string): BehaviourLanguage {
  const language = LANGUAGES.find((name) => path.basename(file).endsWith(`-${name}.tsv`));
  if (language !== undefined) return language;
  throw new NunchiError('data-format', `${file}: the name does not tell the language`, {
    hint: `Name it ${LANGUAGES.map((name) => `…-${name}.tsv`).join(' or ')}.`,
  });
}

function readItem(content: string, language: BehaviourLanguage, place: string): BehaviourItem {
  const refuse = (problem: string) =>
    new NunchiError('data-format', `${place}: ${problem}`, { hint: FORM_HINT });
  const fields = content.split('\t');
  if (fields.length !== 4) throw refuse(`${fields.length} columns instead of 4`);
  const [capability = '', alternatives = '', template = '', text = ''] = fields;
  if (capability === '' || template === '' || text.trim() === '') throw refuse('an empty column');
  const expected: Label[] = [];
  for (const name of alternatives.split('|')) {
    if (!isLabel(name)) {
      const shown = JSON.stringify(name.slice(0, 40));
      throw refuse(`unknown label ${shown}, expected ${LABELS.join(', ')}`);
    }
    if (expected.includes(name)) throw refuse(`"${name}" is expected twice`);
    expected.push(name);
  }
  if (expected.length === LABELS.length) throw refuse('every label is expected: no reading could fail');
  return { language, capability, expected, template, text };
}

/**
 * @param files tab-separated, each named `…-ko.tsv` or `…-en.tsv` after its language
 * @throws NunchiError `data-unreadable`, `data-format` (with the line)
 */
export async function loadBehaviour(files: readonly string[] = BEHAVIOUR_FILES): Promise<BehaviourItem[]> {
  const items: BehaviourItem[] = [];
  for (const file of files) {
    const language = languageOfFile(file);
    const places = new Map<string, number>();
    let line = 0;
    for await (const content of readLines(file)) {
      line += 1;
      const place = `${file}, line ${line}`;
      if (line === 1 && content !== HEADER) {
        throw new NunchiError('data-format', `${place}: not the header of a behaviour set`, {
          hint: FORM_HINT,
        });
      }
      if (line === 1 || content === '') continue;
      const item = readItem(content, language, place);
      const first = places.get(item.text);
      if (first !== undefined) {
        throw new NunchiError('data-format', `${place}: the text of line ${first} again`, {
          hint: 'Each text counts once; remove one of the two.',
        });
      }
      places.set(item.text, line);
      items.push(item);
    }
    if (places.size === 0) {
      throw new NunchiError('data-format', `${file} has no items`, { hint: FORM_HINT });
    }
  }
  return items;
}

function tally(results: readonly BehaviourResult[]): BehaviourTally {
  return {
    n: results.length,
    passed: results.filter(({ passed }) => passed).length,
    abstained: results.filter(({ abstained }) => abstained).length,
  };
}

/** @param classify gets all texts at once and gives a reading for each, in their order */
export async function evaluateBehaviour(
  classify: (texts: readonly string[]) => Promise<readonly Reading[]>,
  items: readonly BehaviourItem[],
): Promise<BehaviourEvaluation> {
  const readings = await classify(items.map(({ text }) => text));
  const results = items.map((item, index): BehaviourResult => {
    const { label: read, confidence, abstained } = readings[index] as Reading;
    return { ...item, read, confidence, abstained, passed: item.expected.includes(read) };
  });
  const languages = LANGUAGES.filter((language) => items.some((item) => item.language === language));
  const capabilities = [...new Set(items.map(({ capability }) => capability))];
  return {
    overall: tally(results),
    perLanguage: languages.map((language) => ({
      language,
      ...tally(results.filter((result) => result.language === language)),
    })),
    perCapability: capabilities.flatMap((capability) =>
      languages.flatMap((language) => {
        const own = results.filter((r) => r.capability === capability && r.language === language);
        return own.length === 0 ? [] : [{ capability, language, ...tally(own) }];
      }),
    ),
    results,
  };
}
