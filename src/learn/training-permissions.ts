// What the operator lets Nunchi learn from on each chat platform: what was kept under a wider permission goes by the one of
// today, and every run says under which it was made.
import type { Config, TrainingPermission } from '../config.js';
import type { Logger } from '../log.js';
import type { Store } from '../store/store.js';

/** By platform; platforms that are not set up are not there. */
export type TrainingPermissions = Readonly<Record<string, TrainingPermission>>;

export function trainingPermissions({
  discord,
  slack,
}: Pick<Config, 'discord' | 'slack'>): TrainingPermissions {
  return {
    ...(discord === null ? {} : { discord: discord.training }),
    ...(slack === null ? {} : { slack: slack.training }),
  };
}

/** A permission that is taken back holds for what was kept before, too; given again, it holds for what comes. */
export async function applyPermissions(
  store: Pick<Store, 'messages'>,
  permissions: TrainingPermissions,
  logger: Pick<Logger, 'info'>,
): Promise<void> {
  for (const [platform, permission] of Object.entries(permissions)) {
    if (permission === 'messages') continue;
    const count = await store.messages.forbidTraining(platform, permission === 'authored');
    if (count > 0) logger.info('messages are no longer learned from', { platform, count });
  }
}
