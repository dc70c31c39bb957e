// How `model` commands print what they are told: a model in full, two side by side, the history, deletions.
import type { Wire } from '../../control/bot-api.js';
import type {
  DeletionState,
  LivePeriod,
  ModelDetails,
  ModelDifference,
} from '../../learn/model-inspection.js';
import { columns } from '../output.js';

/** Items of the behaviour set that are listed; the JSON has all. */
const ITEMS_SHOWN = 20;

export const minute = (time: string) => time.slice(0, 16).replace('T', ' ');

export function figures(metrics: unknown): string {
  const entries = Object.entries((metrics ?? {}) as Record<string, unknown>).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return entries.map(([name, value]) => `${name} ${Number(value.toFixed(4))}`).join(', ');
}

/** What keeps a model from coming into use; empty for most. */
export function condition({
  purgedAt,
  taintedAt,
}: {
  purgedAt: string | null;
  taintedAt: string | null;
}): string {
  if (purgedAt !== null) return 'removed';
  return taintedAt === null ? '' : 'learned from something deleted';
}

export function detailLines(model: Wire<ModelDetails>): string[] {
  const { receipts, taintedAt, purgedAt, purgeReason } = model;
  return [
    ...columns([
      ['version', model.version],
      ['aliases', model.aliases.join(', ') || '-'],
      ['made', model.createdAt],
      ['lineage', model.lineage.join(' < ')],
      ['directory', purgedAt === null ? model.directory : `removed ${purgedAt}: ${purgeReason ?? '-'}`],
      ...(taintedAt === null ? [] : [['withdrawn', `${taintedAt}: it learned from a message deleted then`]]),
      ['figures', figures(model.metrics) || '-'],
      ['verdict', model.verdict?.en ?? '-'],
      ['corrections', `${model.rows} trained on`],
      [
        'receipts',
        `${receipts.gained} read rightly for the first time, ${receipts.kept} as before, ${receipts.unsure} not surely any more, ${receipts.lost} wrongly again`,
      ],
    ]),
    'deployments',
    ...(model.deployments.length === 0 ? ['  -'] : []),
    ...model.deployments.map(({ createdAt, kind, reason }) => `  ${createdAt}  ${kind}  ${reason}`),
  ];
}

export function historyLines(periods: readonly Wire<LivePeriod>[]): string[] {
  return columns([
    ['FROM (UTC)', 'UNTIL', 'VERSION', 'KIND', 'REASON'],
    ...periods.map(({ createdAt, until, version, kind, reason }) => [
      minute(createdAt),
      until === null ? 'now' : minute(until),
      version,
      kind,
      reason,
    ]),
  ]);
}

export function differenceLines(difference: Wire<ModelDifference>): string[] {
  const { before, after, commonAncestor, receipts, files } = difference;
  const side = (name: string, of: (model: Wire<ModelDetails>) => string) => [name, of(before), of(after)];
  const table = columns([
    side('', ({ version }) => version),
    side('lineage', ({ lineage }) => lineage.slice(1).join(' < ') || '-'),
    side('made', ({ createdAt }) => minute(createdAt)),
    side('corrections', ({ rows }) => String(rows)),
    side('figures', ({ metrics }) => figures(metrics) || '-'),
    side('verdict', ({ verdict }) => verdict?.en ?? '-'),
  ]);
  const { version } = after;
  const ancestry =
    commonAncestor === null
      ? 'they come from different models'
      : commonAncestor === before.version || commonAncestor === version
        ? `one was trained from the other, ${commonAncestor}`
        : `both come from ${commonAncestor}`;
  const read =
    receipts === null
      ? 'which corrections each reads rightly is not known before both have been in use'
      : `corrections read rightly by only one of them: ${receipts.onlyBefore.length} before, ${receipts.onlyAfter.length} after`;
  const head = [...table, ancestry, read];
  if (files === null) return [...head, 'the files of one of them were removed: nothing else can be compared'];
  const { behaviour, layers, settings, data } = files;
  return [
    ...head,
    ...changes('settings', settings),
    ...changes('data', data),
    ...(layers.length === 0
      ? ['the models have different shapes: their weights cannot be compared']
      : columns([
          ['WEIGHTS', 'L2 DISTANCE', 'RELATIVE'],
          ...layers.map(({ layer, l2, relative }) => [
            layer,
            l2.toFixed(4),
            `${(relative * 100).toFixed(2)} %`,
          ]),
        ])),
    `behaviour set: ${behaviour.passedBefore} of ${behaviour.n} passed before, ${behaviour.passedAfter} after; ${behaviour.changed.length} read differently`,
    ...columns(
      behaviour.changed
        .slice(0, ITEMS_SHOWN)
        .map((item) => [`  ${item.capability}`, `${item.before} → ${item.after}`, item.text]),
    ),
    ...(behaviour.changed.length > ITEMS_SHOWN ? ['  … (--json prints all)'] : []),
  ];
}

function changes(name: string, differing: Record<string, { before?: unknown; after?: unknown }>): string[] {
  const entries = Object.entries(differing);
  if (entries.length === 0) return [`${name}: the same`];
  const shown = (value: unknown) => {
    const text = value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
    return text.length > 40 ? `${text.slice(0, 40)}…` : text;
  };
  return [
    name,
    ...columns(entries.map(([key, { before, after }]) => [`  ${key}`, `${shown(before)} → ${shown(after)}`])),
  ];
}

export function deletionLines(deletions: readonly Wire<DeletionState>[]): string[] {
  if (deletions.length === 0) return ['Nothing that a model was trained on was deleted.'];
  return columns([
    ['DELETED (UTC)', 'DUE', 'IN NO MODEL SINCE', 'MODEL THEN', 'MESSAGE'],
    ...deletions.map(({ requestedAt, dueAt, doneAt, doneVersion, messageId }) => [
      minute(requestedAt),
      minute(dueAt),
      doneAt === null ? 'not yet' : minute(doneAt),
      doneVersion ?? '-',
      messageId,
    ]),
  ]);
}
