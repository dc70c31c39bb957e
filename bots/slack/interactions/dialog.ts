// The correction dialog as one of Slack's modals, and what was filled in.
import type { types } from '@slack/bolt';
import type { Dialog } from '../../../src/chat/requests.js';
import { LABELS, type Label } from '../../../src/labels.js';

export const DIALOG = 'nunchi_dialog';

/** Where the dialog was opened: a submission itself does not say. */
export interface DialogOrigin {
  dialogId: string;
  communityId: string;
  channelId: string;
}

const plain = (text: string, most: number): types.PlainTextElement => ({
  type: 'plain_text',
  text: text.slice(0, most),
});

export function modalOf(
  dialog: Dialog,
  origin: Omit<DialogOrigin, 'dialogId'>,
  close: string,
): types.ModalView {
  const { id, title, submit, label, ownText } = dialog;
  const choice: types.InputBlock = {
    type: 'input',
    block_id: 'label',
    label: plain(label.text, 2_000),
    element: {
      type: 'radio_buttons',
      action_id: 'label',
      options: label.choices.map(({ value, text }) => ({ value, text: plain(text, 75) })),
    },
  };
  const own: types.InputBlock[] =
    ownText === null
      ? []
      : [
          {
            type: 'input',
            block_id: 'own',
            optional: true,
            label: plain(ownText.text, 2_000),
            hint: plain(ownText.hint, 2_000),
            element: {
              type: 'plain_text_input',
              action_id: 'own',
              multiline: true,
              max_length: Math.min(3_000, ownText.maxLength),
            },
          },
        ];
  return {
    type: 'modal',
    callback_id: DIALOG,
    private_metadata: JSON.stringify({ dialogId: id, ...origin } satisfies DialogOrigin),
    title: plain(title, 24),
    submit: plain(submit, 24),
    close: plain(close, 24),
    blocks: [choice, ...own],
  };
}

interface ViewLike {
  private_metadata: string;
  state: {
    values: Record<
      string,
      Record<string, { value?: string | null; selected_option?: { value: string } | null }>
    >;
  };
}

export interface Submitted extends DialogOrigin {
  label: Label | 'forget';
  text: string | null;
}

/** null where it is no dialog of this Nunchi. */
export function submittedOf({ private_metadata, state }: ViewLike): Submitted | null {
  const chosen = state.values.label?.label?.selected_option?.value;
  const label = [...LABELS, 'forget' as const].find((known) => known === chosen);
  const text = state.values.own?.own?.value?.trim() ?? '';
  const origin = originOf(private_metadata);
  return label === undefined || origin === null
    ? null
    : { ...origin, label, text: text === '' ? null : text };
}

function originOf(metadata: string): DialogOrigin | null {
  try {
    const { dialogId, communityId, channelId } = JSON.parse(metadata) as Partial<DialogOrigin>;
    if (dialogId === undefined || communityId === undefined || channelId === undefined) return null;
    return { dialogId, communityId, channelId };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
