// Why a text is read as it is, as the rest of Nunchi sees it.
import type { Label } from '../labels.js';

export interface WordWeight {
  /** As the model reads it: pieces of a word joined again. */
  word: string;
  /** What it adds to the score (logit) of `label` beside that of `rival`; below 0 it speaks for `rival`. */
  weight: number;
}

export interface Explanation {
  /** Version of the model that was asked. */
  model: string;
  label: Label;
  /** The label that comes nearest to it. */
  rival: Label;
  /** In the order of the text; words that the model does not know are left out. */
  words: WordWeight[];
}
