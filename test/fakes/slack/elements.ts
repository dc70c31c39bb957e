// What a person does with Block Kit elements: a used button or menu as an action, and a filled-in modal as its state.
import type { BlockElementAction, types, ViewStateValue } from '@slack/bolt';
import { elementsOf } from './blocks.js';
import type { Blocks, Core } from './core.js';
import { momentTs } from './core.js';
import type { ViewState } from './views.js';

type Option = ViewStateValue['selected_option'];

interface Element {
  type: string;
  action_id: string;
  text?: types.PlainTextElement;
  value?: string;
  options?: NonNullable<Option>[];
  option_groups?: { options: NonNullable<Option>[] }[];
  initial_value?: string;
  initial_option?: NonNullable<Option>;
  max_length?: number;
}

interface Block {
  type: string;
  block_id: string;
  optional?: boolean;
  element?: Element;
}

const refuse = (why: string): never => {
  throw new Error(`Slack's client would not let a person do this: ${why}`);
};

function optionOf(
  { options, option_groups, action_id }: Element,
  value: string | undefined,
): NonNullable<Option> {
  const all = options ?? option_groups?.flatMap((group) => group.options) ?? [];
  return all.find((option) => option.value === value) ?? refuse(`${action_id} has no option ${value}`);
}

/** The action that using an element makes; `value` chooses among the options of a menu. */
export function actionOf(core: Core, blocks: Blocks, actionId: string, value?: string): BlockElementAction {
  for (const block of blocks as unknown as Block[]) {
    const elements = elementsOf(block as unknown as Record<string, unknown>) as unknown as Element[];
    const element = elements.find(
      ({ action_id, value: own }) =>
        action_id === actionId && (value === undefined || own === undefined || own === value),
    );
    if (!element) continue;
    const common = { action_id: actionId, block_id: block.block_id, action_ts: momentTs(core) };
    if (element.type === 'button') {
      const text = element.text ?? { type: 'plain_text', text: '' };
      return {
        type: 'button',
        ...common,
        text,
        ...(element.value !== undefined && { value: element.value }),
      };
    }
    if (element.type === 'static_select' || element.type === 'overflow')
      return { type: element.type, ...common, selected_option: optionOf(element, value) };
    if (element.type === 'radio_buttons')
      return { type: 'radio_buttons', ...common, selected_option: optionOf(element, value) };
    refuse(`the fake cannot use a ${element.type}`);
  }
  return refuse(`there is nothing called ${actionId}${value === undefined ? '' : ` with value ${value}`}`);
}

function valueOf(element: Element, given: string | undefined): ViewStateValue {
  const { type } = element;
  switch (type) {
    case 'plain_text_input': {
      const value = given ?? element.initial_value ?? null;
      if ([...(value ?? '')].length > (element.max_length ?? 3000))
        refuse(`too long for ${element.action_id}`);
      return { type, value: value === '' ? null : value };
    }
    case 'static_select':
    case 'radio_buttons':
      return {
        type,
        selected_option: given === undefined ? (element.initial_option ?? null) : optionOf(element, given),
      };
    case 'checkboxes':
      return {
        type,
        selected_options: (given ?? '')
          .split(',')
          .filter((value) => value !== '')
          .map((value) => optionOf(element, value)),
      };
    default:
      return refuse(`the fake cannot fill in a ${type}`);
  }
}

/** A modal's state: `given` by action id, initial values for the rest. Throws when a required field is left empty. */
export function stateOf(view: types.ModalView, given: Readonly<Record<string, string>>): ViewState {
  const state: ViewState = {};
  const left = new Set(Object.keys(given));
  for (const block of view.blocks as unknown as Block[]) {
    if (block.type !== 'input' || !block.element) continue;
    const { element, block_id, optional } = block;
    const value = valueOf(element, given[element.action_id]);
    left.delete(element.action_id);
    const empty = (value.value ?? value.selected_option ?? value.selected_options?.[0] ?? null) === null;
    if (empty && optional !== true) refuse(`${element.action_id} is required`);
    state[block_id] = { [element.action_id]: value };
  }
  if (left.size > 0) refuse(`the modal has no ${[...left].join(', ')}`);
  return state;
}
