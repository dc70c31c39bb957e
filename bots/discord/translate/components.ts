// Buttons and the correction dialog as Discord's components, and what was chosen in the dialog.
import {
  type APIActionRowComponent,
  type APIButtonComponentWithCustomId,
  type APIModalInteractionResponseCallbackData,
  ButtonStyle,
  ComponentType,
  type ModalSubmitComponent,
  TextInputStyle,
  type APIModalSubmission,
} from 'discord.js';
import type { Button, Dialog } from '../../../src/chat/requests.js';

const STYLES: Record<Button['style'], APIButtonComponentWithCustomId['style']> = {
  plain: ButtonStyle.Secondary,
  primary: ButtonStyle.Primary,
  danger: ButtonStyle.Danger,
};
const LABEL = 'label';
const OWN_TEXT = 'text';

/** Longest texts of components, in characters. */
const cut = (text: string, longest: number) =>
  text.length <= longest ? text : `${text.slice(0, longest - 1).toWellFormed()}…`;

export function buttonRows(
  rows: readonly (readonly Button[])[],
): APIActionRowComponent<APIButtonComponentWithCustomId>[] {
  return rows
    .filter((row) => row.length > 0)
    .map((row) => ({
      type: ComponentType.ActionRow,
      components: row.map(({ id, text, emoji, style }) => ({
        type: ComponentType.Button,
        custom_id: id,
        label: cut(text, 80),
        style: STYLES[style],
        ...(emoji === undefined ? {} : { emoji: { name: emoji } }),
      })),
    }));
}

export function modalOf(dialog: Dialog): APIModalInteractionResponseCallbackData {
  const { label, ownText } = dialog;
  return {
    custom_id: dialog.id,
    title: cut(dialog.title, 45),
    components: [
      {
        type: ComponentType.Label,
        label: cut(label.text, 45),
        component: {
          type: ComponentType.StringSelect,
          custom_id: LABEL,
          options: label.choices.map(({ value, text }) => ({ value, label: cut(text, 100) })),
        },
      },
      ...(ownText === null
        ? []
        : [
            {
              type: ComponentType.Label as const,
              label: cut(ownText.text, 45),
              description: cut(ownText.hint, 100),
              component: {
                type: ComponentType.TextInput as const,
                custom_id: OWN_TEXT,
                style: TextInputStyle.Paragraph,
                required: false,
                max_length: ownText.maxLength,
              },
            },
          ]),
    ],
  };
}

/** What was chosen and written; both undefined where the dialog has no such field. */
export function filledIn(components: APIModalSubmission['components']): {
  label: string | undefined;
  text: string | undefined;
} {
  const fields = components.flatMap((one): ModalSubmitComponent[] =>
    'component' in one ? [one.component] : 'components' in one ? one.components : [],
  );
  const field = (id: string) => fields.find((one) => one.custom_id === id);
  const label = field(LABEL);
  const text = field(OWN_TEXT);
  return {
    label: label && 'values' in label ? label.values[0] : undefined,
    text: text?.type === ComponentType.TextInput ? text.value : undefined,
  };
}
