// A dialog filled in: the components of a modal submission from plain values.
import {
  type APIComponentInLabel,
  type APIModalInteractionResponseCallbackData,
  type APIModalSubmissionComponent,
  type APITextInputComponent,
  ComponentType,
  type ModalSubmitComponent,
} from 'discord-api-types/v10';

/** By custom id: text, the values of a select or group of boxes, the choice of a radio group, a box ticked or not. */
export type ModalFields = Record<string, boolean | string | readonly string[]>;

function checkText(input: APITextInputComponent, text: string): void {
  const { custom_id: id, required = true, min_length = 0, max_length = 4_000 } = input;
  if (text === '' && !required) return;
  if (text.length < Math.max(min_length, required ? 1 : 0) || text.length > max_length)
    throw new Error(`the field ${id} does not take a text of ${text.length} characters`);
}

function checkChoice(component: APIComponentInLabel, chosen: readonly string[]): void {
  if (!('options' in component)) return;
  const odd = chosen.find((value) => !component.options.some((option) => option.value === value));
  if (odd !== undefined) throw new Error(`the field ${component.custom_id} has no choice ${odd}`);
}

function fill(component: APIComponentInLabel, fields: ModalFields): ModalSubmitComponent {
  const { type, custom_id } = component;
  const given = fields[custom_id];
  if (component.type === ComponentType.TextInput) {
    const value = typeof given === 'string' ? given : (component.value ?? '');
    checkText(component, value);
    return { type: ComponentType.TextInput, custom_id, value };
  }
  if (component.type === ComponentType.Checkbox)
    return { type: ComponentType.Checkbox, custom_id, value: given === true };
  const chosen = typeof given === 'string' ? [given] : Array.isArray(given) ? (given as string[]) : [];
  checkChoice(component, chosen);
  if (component.required !== false && chosen.length === 0)
    throw new Error(`the field ${custom_id} is required`);
  if (component.type === ComponentType.RadioGroup)
    return { type: ComponentType.RadioGroup, custom_id, value: chosen[0] ?? null };
  return { type, custom_id, values: chosen } as ModalSubmitComponent;
}

/** @throws Error where Discord's client would not send the dialog off. */
export function fillModal(
  modal: APIModalInteractionResponseCallbackData,
  fields: ModalFields,
): APIModalSubmissionComponent[] {
  const used = new Set<string>();
  const take = <T extends APIComponentInLabel>(component: T) => {
    used.add(component.custom_id);
    return fill(component, fields);
  };
  const components = modal.components.map((component): APIModalSubmissionComponent => {
    switch (component.type) {
      case ComponentType.ActionRow:
        return {
          type: ComponentType.ActionRow,
          components: component.components.map(take) as {
            type: ComponentType.TextInput;
            custom_id: string;
            value: string;
          }[],
        };
      case ComponentType.Label:
        return { type: ComponentType.Label, component: take(component.component) };
      case ComponentType.TextDisplay:
        return { type: ComponentType.TextDisplay };
    }
  });
  const odd = Object.keys(fields).find((id) => !used.has(id));
  if (odd !== undefined) throw new Error(`the dialog has no field ${odd}`);
  return components;
}
