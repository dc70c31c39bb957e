// Why Slack did not take something, and what that means: not at all, later, or perhaps the next time.
import { DeliveryPostponed, DeliveryRefused } from '../../../src/chat/delivery/outbox-runner.js';
import { isUnknownMethod, refusalOf, retryAfterMsOf, type Refusal } from '../api.js';

const INVITE = 'Invite the app to the channel with /invite @Nunchi.';

/** Slack's codes that trying again does not change, with what can be done. */
const FINAL: Record<string, string | undefined> = {
  channel_not_found: `The channel is gone, or it is private. ${INVITE}`,
  not_in_channel: INVITE,
  is_archived: 'The channel is archived.',
  channel_type_not_supported: undefined,
  method_not_supported_for_channel_type: undefined,
  thread_not_found: 'The message is gone.',
  message_not_found: 'The message is gone.',
  thread_locked: 'The thread is locked.',
  cant_update_message: undefined,
  edit_window_closed: 'The workspace does not allow messages to be changed after so long.',
  user_not_in_channel: 'The person has left the channel.',
  user_not_found: 'The person is gone.',
  user_disabled: 'The person is gone.',
  messages_tab_disabled: 'Switch on App Home → Show Tabs → Messages Tab at api.slack.com/apps.',
  restricted_action: 'The workspace lets only some people post there; ask its administrators.',
  restricted_action_read_only_channel: 'The channel is read-only; ask the workspace’s administrators.',
  restricted_action_thread_only_channel: 'Only threads may be written in there.',
  restricted_action_non_threadable_channel: 'The channel allows no threads.',
  no_permission: 'Ask the workspace’s administrators to let the app post.',
  ekm_access_denied: 'The workspace’s administrators have suspended posting.',
  msg_too_long: undefined,
  no_text: undefined,
  invalid_blocks: undefined,
  invalid_name: 'The workspace does not have that emoji.',
  invalid_arguments: undefined,
  file_uploads_disabled: 'The workspace does not allow files.',
  storage_limit_reached: 'The workspace has no room for files left.',
};

/** What the app is not allowed to do, and where that is changed. */
export const scopeHint = (needed: string | undefined) =>
  `Add ${needed ?? 'the missing scope'} at api.slack.com/apps → OAuth & Permissions → Bot Token Scopes and reinstall the app; bots/slack/manifest.json has them all.`;

function isFinal({ code }: Refusal): boolean {
  return code === 'missing_scope' || Object.hasOwn(FINAL, code);
}

/** As the outbox understands it. */
export function deliveryError(error: unknown, what: string): unknown {
  const retryAfterMs = retryAfterMsOf(error);
  if (retryAfterMs !== null) return new DeliveryPostponed(retryAfterMs, { cause: error });
  if (isUnknownMethod(error)) {
    return new DeliveryRefused(`The server does not know how to show ${what}`, {
      hint: 'SLACK_API_URL leads to a server that has not all of Slack’s interface.',
      cause: error,
    });
  }
  const refusal = refusalOf(error);
  if (refusal === null || !isFinal(refusal)) return error;
  const hint = refusal.code === 'missing_scope' ? scopeHint(refusal.needed) : FINAL[refusal.code];
  return new DeliveryRefused(`Slack does not take ${what}: ${refusal.code}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}
