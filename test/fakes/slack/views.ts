// Modals: how one is opened for a person, changed, pushed on another, and shown in payloads.
import type { types, ViewOutput, ViewStateValue } from '@slack/bolt';
import { ApiError } from './api-error.js';
import { modalContent } from './blocks.js';
import type { Core, User, View } from './core.js';

/** A trigger_id is good for 3 seconds and one use. */
const TRIGGER_MS = 3_000;

export type ViewState = Record<string, Record<string, ViewStateValue>>;

export function newTrigger(core: Core, user: User): string {
  const id = `${core.triggers.size + 1}.${core.team.id}.${core.newId('x').toLowerCase()}`;
  core.triggers.set(id, { since: core.clock.now(), used: false, user });
  return id;
}

/** Whose action a trigger_id stands for. Throws `invalid_trigger_id`, `expired_trigger_id`, `exchanged_trigger_id`. */
export function useTrigger(core: Core, id: string): User {
  const trigger = core.triggers.get(id);
  if (!trigger) throw new ApiError('invalid_trigger_id');
  if (core.clock.now() - trigger.since >= TRIGGER_MS) throw new ApiError('expired_trigger_id');
  if (trigger.used) throw new ApiError('exchanged_trigger_id');
  trigger.used = true;
  return trigger.user;
}

const newHash = (core: Core) => `${Math.floor(core.clock.now() / 1000)}.${core.newId('h')}`;

export function openView(
  core: Core,
  user: User,
  content: unknown,
  how: 'open' | 'push',
  previous?: View,
): View {
  const id = core.newId('V');
  const view: View = {
    id,
    user,
    content: modalContent(core, content),
    hash: newHash(core),
    rootId: previous?.rootId ?? id,
    previousId: previous?.id ?? null,
    open: true,
    errors: {},
  };
  core.views.set(id, view);
  core.sent.views.push({ view, content: view.content, how });
  core.changes.notify();
  return view;
}

export function updateView(core: Core, view: View, content: unknown): void {
  view.content = modalContent(core, content);
  view.hash = newHash(core);
  view.errors = {};
  core.sent.views.push({ view, content: view.content, how: 'update' });
  core.changes.notify();
}

const plain = (text: types.PlainTextElement | undefined) => text ?? null;

export function viewJson(core: Core, view: View, values: ViewState = {}): ViewOutput {
  const { content } = view;
  return {
    id: view.id,
    team_id: core.team.id,
    app_id: core.appId,
    app_installed_team_id: core.team.id,
    bot_id: core.bot.botId,
    type: 'modal',
    callback_id: content.callback_id ?? '',
    private_metadata: content.private_metadata ?? '',
    external_id: content.external_id ?? '',
    title: content.title,
    submit: plain(content.submit),
    close: plain(content.close),
    blocks: content.blocks,
    state: { values },
    hash: view.hash,
    root_view_id: view.rootId,
    previous_view_id: view.previousId,
    clear_on_close: content.clear_on_close ?? false,
    notify_on_close: content.notify_on_close ?? false,
  };
}
