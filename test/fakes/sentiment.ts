// A sentiment service that reads by a rule given by the test, with a version that the test can change.
import type { AbstainReason, Label, Reading } from '../../src/labels.js';
import { LABELS } from '../../src/labels.js';
import type { Explanation } from '../../src/serve/explanation.js';
import type { ClassifyResponse, SentimentService } from '../../src/serve/service.js';

export interface FakeSentiment extends Pick<SentimentService, 'classify' | 'explain' | 'model'> {
  /** Replaces the model: another version, another rule. */
  swap(version: string, rule: (text: string) => Reading): void;
  /** While set, `classify` rejects with it. */
  failure: Error | null;
  /** How often it did. */
  readonly failed: number;
  /** Texts read so far. */
  readonly seen: string[];
  /** While held, `classify` waits for `release()`. */
  hold(): void;
  release(): void;
}

export function readingAs(label: Label, confidence: number, abstainReason?: AbstainReason): Reading {
  const rest = (1 - confidence) / 2;
  const scores = { negative: rest, neutral: rest, positive: rest, [label]: confidence };
  const abstained = abstainReason !== undefined;
  return { label, confidence, scores, abstained, ...(abstained ? { abstainReason } : {}) };
}

/** Reads a label's own name in the text, or nothing at all. */
export function readByName(text: string): Reading {
  if (text.trim() === '') return readingAs('neutral', 0.34, 'empty');
  const label = LABELS.find((name) => text.includes(name));
  return label ? readingAs(label, 0.87) : readingAs('neutral', 0.41, 'low-confidence');
}

/** A label's own name speaks for it, `but` against it, other words hardly matter. */
export function explainByName(model: string, text: string, label: Label): Explanation {
  const rival = label === 'neutral' ? 'positive' : 'neutral';
  const weightOf = (word: string) => (word === label ? 2 : word === 'but' ? -1 : 0.01);
  const words = text.split(' ').map((word) => ({ word, weight: weightOf(word) }));
  return { model, label, rival, words };
}

export function createFakeSentiment(version = 'nunchi-00000001'): FakeSentiment {
  let rule = readByName;
  let model = { version, directory: '/nowhere', engine: 'onnxruntime', pid: 0 };
  let held: Promise<void> = Promise.resolve();
  let letGo = () => {};
  const seen: string[] = [];
  let failed = 0;
  const fake: FakeSentiment = {
    failure: null,
    seen,
    get failed() {
      return failed;
    },
    get model() {
      return model;
    },
    swap(nextVersion, nextRule) {
      model = { ...model, version: nextVersion };
      rule = nextRule;
    },
    hold() {
      held = new Promise((resolve) => (letGo = resolve));
    },
    release() {
      letGo();
    },
    async explain(text, label) {
      await held;
      if (fake.failure) throw fake.failure;
      return explainByName(model.version, text, label);
    },
    async classify(texts): Promise<ClassifyResponse> {
      await held;
      if (fake.failure) {
        failed += 1;
        throw fake.failure;
      }
      seen.push(...texts);
      return { model: model.version, results: texts.map((text) => ({ text, ...rule(text) })) };
    },
  };
  return fake;
}
