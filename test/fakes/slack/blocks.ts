// Block Kit's limits, as far as Slack refuses what exceeds them, and the ids it gives to what has none.
import type { types } from '@slack/bolt';
import { ApiError } from './api-error.js';
import type { Blocks, Core } from './core.js';

type Json = Record<string, unknown>;

const lengthOf = (value: unknown) => (typeof value === 'string' ? [...value].length : 0);
const textOf = (value: unknown) => (value as { text?: unknown } | undefined)?.text;
const listOf = (value: unknown) => (Array.isArray(value) ? (value as Json[]) : []);

/** Elements that a person can use, of any block. */
export const elementsOf = (block: Json): Json[] =>
  [...listOf(block.elements), block.accessory as Json | undefined, block.element as Json | undefined].filter(
    (element) => element !== undefined,
  );

function* tooLong(path: string, limits: Record<string, [found: unknown, most: number]>) {
  for (const [field, [found, most]] of Object.entries(limits)) {
    const length = typeof found === 'number' ? found : lengthOf(found);
    if (length > most)
      yield `[ERROR] must be less than ${most + 1} characters [json-pointer:${path}/${field}]`;
  }
}

function* elementProblems(element: Json, path: string): Generator<string> {
  yield* tooLong(path, { action_id: [element.action_id, 255] });
  if (element.type === 'button')
    yield* tooLong(path, { 'text/text': [textOf(element.text), 75], value: [element.value, 2000] });
  const options = listOf(element.options);
  if (/select$|^(radio_buttons|checkboxes|overflow)$/.test(String(element.type))) {
    if (element.type === 'static_select' && !element.option_groups && options.length === 0)
      yield `[ERROR] no more than 100 items allowed, and at least 1 [json-pointer:${path}/options]`;
    yield* tooLong(path, { options: [options.length, 100] });
    for (const [index, option] of options.entries())
      yield* tooLong(`${path}/options/${index}`, {
        'text/text': [textOf(option.text), 75],
        value: [option.value, 150],
      });
  }
}

function* blockProblems(block: Json, path: string): Generator<string> {
  const elements = listOf(block.elements);
  if (typeof block.type !== 'string')
    yield `[ERROR] missing required field: type [json-pointer:${path}/type]`;
  yield* tooLong(path, { block_id: [block.block_id, 255] });
  switch (block.type) {
    case 'section':
      if (!block.text && !block.fields)
        yield `[ERROR] missing required field: text [json-pointer:${path}/text]`;
      if (textOf(block.text) === '')
        yield `[ERROR] must be more than 0 characters [json-pointer:${path}/text/text]`;
      yield* tooLong(path, {
        'text/text': [textOf(block.text), 3000],
        fields: [listOf(block.fields).length, 10],
      });
      break;
    case 'header':
      yield* tooLong(path, { 'text/text': [textOf(block.text), 150] });
      break;
    case 'context':
      yield* tooLong(path, { elements: [elements.length, 10] });
      break;
    case 'actions':
      yield* tooLong(path, { elements: [elements.length, 25] });
      break;
    case 'input':
      yield* tooLong(path, { 'label/text': [textOf(block.label), 2000] });
      break;
    default:
  }
  // Rich text has elements too, but none to use.
  if (block.type === 'rich_text' || block.type === 'context') return;
  for (const [index, element] of elementsOf(block).entries())
    yield* elementProblems(element, `${path}/elements/${index}`);
}

function check(blocks: Blocks, most: number, error: string): void {
  const problems = [...blocks.entries()].flatMap(([index, block]) => [
    ...blockProblems(block as unknown as Json, `/blocks/${index}`),
  ]);
  if (blocks.length > most)
    problems.push(`[ERROR] no more than ${most} items allowed [json-pointer:/blocks]`);
  const ids = blocks.map(({ block_id }) => block_id).filter((id) => id !== undefined);
  if (new Set(ids).size < ids.length) problems.push('[ERROR] block_id already exists [json-pointer:/blocks]');
  if (problems.length > 0) throw new ApiError(error, { response_metadata: { messages: problems } });
}

function withIds(core: Core, blocks: Blocks): Blocks {
  const copy = structuredClone(blocks);
  for (const block of copy as unknown as Json[]) {
    block.block_id ??= core.newId('b');
    if (block.type === 'rich_text' || block.type === 'context') continue;
    for (const element of elementsOf(block)) element.action_id ??= core.newId('a');
  }
  return copy;
}

/** Blocks of a message as Slack stores them. Throws `invalid_blocks`. */
export function messageBlocks(core: Core, blocks: unknown): Blocks | undefined {
  if (blocks === undefined) return undefined;
  if (!Array.isArray(blocks)) throw new ApiError('invalid_blocks_format');
  if (blocks.length === 0) return undefined;
  check(blocks as Blocks, 50, 'invalid_blocks');
  return withIds(core, blocks as Blocks);
}

/** A modal as Slack stores it. Throws `invalid_arguments`. */
export function modalContent(core: Core, view: unknown): types.ModalView {
  const modal = view as Partial<types.ModalView> | undefined;
  const refuse = (message: string): never => {
    throw new ApiError('invalid_arguments', { response_metadata: { messages: [`[ERROR] ${message}`] } });
  };
  if (modal?.type !== 'modal') return refuse('unsupported type [json-pointer:/view/type]');
  if (!modal.title || !Array.isArray(modal.blocks)) return refuse('missing required field: title or blocks');
  const { title, submit, close, private_metadata, callback_id, blocks } = modal;
  const long = [
    ...tooLong('/view', {
      'title/text': [title.text, 24],
      'submit/text': [submit?.text, 24],
      'close/text': [close?.text, 24],
      private_metadata: [private_metadata, 3000],
      callback_id: [callback_id, 255],
    }),
  ];
  if (long[0] !== undefined) return refuse(long[0].replace('[ERROR] ', ''));
  if (blocks.some(({ type }) => type === 'input') && !submit)
    return refuse('missing required field: submit [json-pointer:/view/submit]');
  check(blocks, 100, 'invalid_arguments');
  return { ...(modal as types.ModalView), blocks: withIds(core, blocks) };
}
