// Skips the rules of a tokenizer that cannot apply to a text: a hundred literal replacements take longer than the rest of
// tokenizing. The result is the library's own, rule for rule.

/** A rule of `@huggingface/tokenizers`. */
export interface NormalizerRule {
  config?: { type?: string; pattern?: { String?: string; Regex?: string } };
  normalize(text: string): string;
}

const escaped = (text: string) => text.replace(/[\^$\\.*+?()[\]{}|/-]/g, '\\$&');

/** Four equal characters in a row. */
const RUN_OF_FOUR = /(.)\1\1\1/su;
/** A character class that looks behind for alternatives. */
const LOOK_BEHIND = /^\[.*\]\(\?<=(.+)\)$/su;

/** Whether a pattern matches only behind four equal characters, as the folding of runs does. */
function needsRunOfFour(regex: string): boolean {
  const alternatives = LOOK_BEHIND.exec(regex)?.[1]?.split('|') ?? [];
  const isRun = (alternative: string) => {
    const unit = alternative.slice(0, alternative.length / 4);
    const characters = [...unit.replace(/^\\(?=[^\w])/, '')];
    return characters.length === 1 && unit.repeat(4) === alternative;
  };
  return alternatives.length > 0 && alternatives.every(isRun);
}

/** Runs `rules` only on a text in which `guard` finds something. */
function guarded(guard: RegExp, rules: readonly NormalizerRule[]): NormalizerRule {
  return {
    normalize: (text) => (guard.test(text) ? rules.reduce((t, rule) => rule.normalize(t), text) : text),
  };
}

/** @param rules of a tokenizer's normalizer, in their order @returns rules of the same effect */
export function skipIdleRules(rules: readonly NormalizerRule[]): NormalizerRule[] {
  const result: NormalizerRule[] = [];
  let literals: NormalizerRule[] = [];
  const flush = () => {
    if (literals.length > 0) {
      // None of them applies to a text that holds none of their patterns: no rule before makes one.
      const patterns = literals.map((rule) => escaped(rule.config?.pattern?.String ?? ''));
      result.push(guarded(new RegExp(patterns.join('|')), literals));
    }
    literals = [];
  };
  for (const rule of rules) {
    const { type, pattern } = rule.config ?? {};
    if (type === 'Replace' && pattern?.String !== undefined && pattern.String !== '') literals.push(rule);
    else {
      flush();
      const folds = type === 'Replace' && pattern?.Regex !== undefined && needsRunOfFour(pattern.Regex);
      result.push(folds ? guarded(RUN_OF_FOUR, [rule]) : rule);
    }
  }
  flush();
  return result;
}
