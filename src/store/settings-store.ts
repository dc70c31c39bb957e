// What the moderators of a community have set, as one JSON document that the core reads and checks.
import { newId } from './ids.js';
import type { Repositories } from './repositories.js';
import type { SettingsStore } from './contracts/people.js';

export function createSettingsStore({ client, now }: Repositories): SettingsStore {
  return {
    async get(platform, externalId) {
      const row = await client.communitySettings.findFirst({
        where: { community: { platform, externalId } },
      });
      return row === null ? null : (JSON.parse(row.content) as unknown);
    },
    async list(platform) {
      const rows = await client.community.findMany({
        where: { platform, settings: { isNot: null } },
        orderBy: { id: 'asc' },
      });
      return rows.map(({ externalId }) => externalId);
    },
    async set(platform, externalId, content) {
      const updatedAt = now();
      const community = await client.community.upsert({
        where: { platform_externalId: { platform, externalId } },
        create: { id: newId(), platform, externalId, createdAt: updatedAt },
        update: { platform },
      });
      const data = { content: JSON.stringify(content), updatedAt };
      await client.communitySettings.upsert({
        where: { communityId: community.id },
        create: { communityId: community.id, ...data },
        update: data,
      });
    },
  };
}
