// `evaluate --behaviour`: what a model can do and what it cannot, capability by capability.
import {
  evaluateBehaviour,
  loadBehaviour,
  type BehaviourEvaluation,
  type BehaviourTally,
} from '../../learn/behaviour.js';
import type { CliContext } from '../context.js';
import { withModel } from '../model-option.js';
import { columns, percent, printable, printJson, printLines } from '../output.js';

interface BehaviourOptions {
  /** undefined: those that come with Nunchi. */
  files: readonly string[] | undefined;
  model: string | undefined;
  failures: boolean;
  json: boolean;
}

export async function evaluateBehaviourSet(options: BehaviourOptions, context: CliContext): Promise<void> {
  const items = await loadBehaviour(options.files);
  const document = await withModel(context, options.model, async (model) => {
    const evaluation = await evaluateBehaviour((texts) => model.classify(texts), items);
    return { model: model.version, ...evaluation };
  });
  if (options.json) return printJson(context, document);
  printLines(context, [
    `model  ${document.model}`,
    '',
    ...toTable(document),
    ...(options.failures ? ['', ...toFailures(document)] : []),
  ]);
}

function toTable({ overall, perLanguage, perCapability }: BehaviourEvaluation): string[] {
  const row = (capability: string, language: string, { n, passed, abstained }: BehaviourTally) => [
    capability,
    language,
    percent(passed, n),
    `${passed} of ${n}`,
    percent(abstained, n),
  ];
  return columns([
    ['capability', 'language', 'passed', 'items', 'not sure'],
    ...perCapability.map((tally) => row(printable(tally.capability), tally.language, tally)),
    ...perLanguage.map((tally) => row('all', tally.language, tally)),
    row('all', 'all', overall),
  ]);
}

/** The text comes last, so that the columns hold whatever its width is (Hangul takes two cells). */
function toFailures({ results }: BehaviourEvaluation): string[] {
  const failed = results.filter(({ passed }) => !passed);
  return columns([
    ['capability', 'language', 'template', 'expected', 'read', 'confidence', 'text'],
    ...failed.map((r) => [
      printable(r.capability),
      r.language,
      printable(r.template),
      r.expected.join('|'),
      r.read,
      percent(r.confidence),
      printable(r.text),
    ]),
  ]);
}
