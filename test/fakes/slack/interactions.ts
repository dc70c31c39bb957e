// What tests let people do with the app itself: commands, shortcuts, buttons, menus and modals.
import type {
  BlockAction,
  GlobalShortcut,
  MessageShortcut,
  SlashCommand,
  ViewClosedAction,
  ViewResponseAction,
  ViewSubmitAction,
} from '@slack/bolt';
import {
  momentTs,
  type Channel,
  type Core,
  type Ephemeral,
  type Message,
  type User,
  type View,
} from './core.js';
import type { Deliveries, Delivery } from './deliveries.js';
import { actionOf, stateOf } from './elements.js';
import { messageJson } from './message-shapes.js';
import { applyAnswer, newResponseUrl, type Answer } from './response-url.js';
import { channelNameJson } from './shapes.js';
import { newTrigger, openView, updateView, viewJson } from './views.js';

const isView = (place: Message | Ephemeral | View): place is View => 'rootId' in place;
const isEphemeral = (place: Message | Ephemeral): place is Ephemeral => 'deleted' in place;

export function createInteractions(core: Core, deliveries: Deliveries) {
  const common = (user: User) => ({
    token: core.settings.verificationToken,
    api_app_id: core.appId,
    team: { id: core.team.id, domain: core.team.domain },
    user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
    is_enterprise_install: false,
    enterprise: undefined,
  });

  /** Closes a modal and, with `all`, those under it. */
  function close(view: View, all: boolean): void {
    for (const other of core.views.values())
      if (other === view || (all && other.rootId === view.rootId)) other.open = false;
    core.changes.notify();
  }

  function answerSubmission(view: View, response: unknown): void {
    const answer = response as ViewResponseAction | undefined;
    switch (answer?.response_action) {
      case 'errors':
        view.errors = answer.errors;
        return core.changes.notify();
      case 'update':
        return updateView(core, view, answer.view);
      case 'push':
        return void openView(core, view.user, answer.view, 'push', view);
      case 'clear':
        return close(view, true);
      case undefined:
        return close(view, false);
    }
  }

  return {
    /** `/name text`, typed in a channel. The acknowledgement's answer shows privately unless it says `in_channel`. */
    command(user: User, channel: Channel, command: `/${string}`, text = ''): Delivery {
      const payload: SlashCommand = {
        token: core.settings.verificationToken,
        team_id: core.team.id,
        team_domain: core.team.domain,
        channel_id: channel.id,
        channel_name: channelNameJson(channel).name,
        user_id: user.id,
        user_name: user.name,
        command,
        text,
        api_app_id: core.appId,
        is_enterprise_install: 'false',
        response_url: newResponseUrl(core, channel, user),
        trigger_id: newTrigger(core, user),
      };
      return deliveries.dispatch('slash_commands', payload, {
        onAnswer(response) {
          if (response === undefined) return;
          const answer = typeof response === 'string' ? { text: response } : (response as Answer);
          applyAnswer(core, { channel, user }, answer, 'ack');
        },
      });
    },

    /** A global shortcut, or with a message one of its menu. */
    shortcut(user: User, callbackId: string, message?: Message): Delivery {
      const { user: who, ...rest } = common(user);
      const base = {
        ...rest,
        callback_id: callbackId,
        trigger_id: newTrigger(core, user),
        action_ts: momentTs(core),
      };
      if (!message) {
        const payload: GlobalShortcut = { ...base, type: 'shortcut', user: who };
        return deliveries.dispatch('interactive', payload);
      }
      const payload: MessageShortcut = {
        ...base,
        type: 'message_action',
        user: who,
        channel: channelNameJson(message.channel),
        message_ts: message.ts,
        message: messageJson(core, message),
        response_url: newResponseUrl(core, message.channel, user, message),
      };
      return deliveries.dispatch('interactive', payload);
    },

    /** Presses a button or chooses in a menu, of a message, a private one or a modal. `value` tells equal ids apart. */
    press(user: User, place: Message | Ephemeral | View, actionId: string, value?: string): Delivery {
      const blocks = isView(place) ? place.content.blocks : (place.blocks ?? []);
      const base = {
        ...common(user),
        type: 'block_actions' as const,
        trigger_id: newTrigger(core, user),
        actions: [actionOf(core, blocks, actionId, value)],
      };
      if (isView(place)) {
        // A modal has no response_url, whatever the type says.
        const payload: Omit<BlockAction, 'response_url'> = {
          ...base,
          container: { type: 'view', view_id: place.id },
          view: viewJson(core, place),
        };
        return deliveries.dispatch('interactive', payload);
      }
      const { channel, ts, threadTs } = place;
      const ephemeral = isEphemeral(place);
      const payload: BlockAction = {
        ...base,
        container: {
          type: 'message',
          message_ts: ts,
          channel_id: channel.id,
          is_ephemeral: ephemeral,
          ...(threadTs !== undefined && { thread_ts: threadTs }),
        },
        channel: channelNameJson(channel),
        // Slack does not store a private message, so it cannot show it either.
        ...(!ephemeral && { message: messageJson(core, place) }),
        state: { values: {} },
        response_url: newResponseUrl(core, channel, user, place),
      };
      return deliveries.dispatch('interactive', payload);
    },

    /** Submits a modal with these values by action id; what the app answers is done to the modal. */
    submit(view: View, given: Readonly<Record<string, string>> = {}): Delivery {
      if (!view.open) throw new Error('The modal is not open any more');
      const payload: ViewSubmitAction = {
        ...common(view.user),
        type: 'view_submission',
        trigger_id: newTrigger(core, view.user),
        view: viewJson(core, view, stateOf(view.content, given)),
        response_urls: [],
      };
      return deliveries.dispatch('interactive', payload, {
        onAnswer: (response) => answerSubmission(view, response),
      });
    },

    /** Closes a modal; the app hears of it only when the modal says `notify_on_close`. */
    closeView(view: View): Delivery | undefined {
      const all = view.content.clear_on_close === true;
      close(view, all);
      if (view.content.notify_on_close !== true) return undefined;
      const payload: ViewClosedAction = {
        ...common(view.user),
        type: 'view_closed',
        view: viewJson(core, view),
        is_cleared: all,
      };
      return deliveries.dispatch('interactive', payload);
    },
  };
}
