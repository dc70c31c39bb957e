// The README.md of a trained model: how it was made, in the form that model hubs read.
import type { TrainingPermission } from '../config.js';
import type { DevEvaluation } from './job.js';

export interface ModelCardFacts {
  base: string;
  recipe: Record<string, unknown>;
  data: Record<string, string>;
  engine: string;
  finalLoss: number;
  permissions?: Readonly<Record<string, TrainingPermission>> | undefined;
  /** Of the weights, where the run had dev sets. */
  best: DevEvaluation | undefined;
}

const list = (entries: [string, unknown][]) =>
  entries
    .map(([name, value]) => `- ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n');

export function modelCard(facts: ModelCardFacts): string {
  const percent = (part: number) => `${(part * 100).toFixed(2)} %`;
  const measured = Object.entries(facts.best?.sets ?? {}).map(
    ([name, { accuracy, macroF1 }]) =>
      `- ${name}: accuracy ${percent(accuracy)}, macro F1 ${percent(macroF1)}\n`,
  );
  const dev = measured.length === 0 ? '' : `## On the dev sets\n\n${measured.join('')}\n`;
  return `---
language: [ko, en]
pipeline_tag: text-classification
tags: [nunchi, bert, sentiment]
---

# A Nunchi model

Reads the mood of a short message as negative, neutral or positive. Fine-tuned from \`${facts.base}\` with ${facts.engine}.

## Settings

${list(Object.entries(facts.recipe))}
- training loss at the end: ${facts.finalLoss.toFixed(4)}

${dev}## Data (sha256)

${list(Object.entries(facts.data))}

${permissionsOf(facts.permissions)}## Limits

Short messages, Korean and English. A reading is a guess about words, not about a person; do not use it to judge people.
`;
}

const PERMISSION_WORDS: Record<TrainingPermission, string> = {
  off: 'nothing',
  authored: 'only what moderators wrote for training, in their own words',
  messages: "messages that were corrected; the operator states that the platform's rules permit it here",
};

function permissionsOf(permissions: ModelCardFacts['permissions']): string {
  if (permissions === undefined || Object.keys(permissions).length === 0) return '';
  const entries = Object.entries(permissions).map(([platform, permission]): [string, string] => [
    platform,
    PERMISSION_WORDS[permission],
  ]);
  return `## Learned from chat platforms\n\n${list(entries)}\n\n`;
}

export interface PretrainingCardFacts extends Omit<ModelCardFacts, 'finalLoss' | 'best' | 'permissions'> {
  /** Measured on texts held out. */
  metrics: object;
}

export function pretrainingCard(facts: PretrainingCardFacts): string {
  return `---
language: [ko, en]
pipeline_tag: fill-mask
tags: [nunchi, bert]
---

# A pre-trained base for Nunchi

Predicts masked tokens and next sentences; it has no labels yet: fine-tune it. Trained from \`${facts.base}\` with ${facts.engine}.

## On texts held out

${list(Object.entries(facts.metrics))}

## Settings

${list(Object.entries(facts.recipe))}

## Data (sha256)

${list(Object.entries(facts.data))}
`;
}
