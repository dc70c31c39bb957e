// A permission that the operator takes back holds for what was kept before.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrainingPermission } from '../../src/config.js';
import { openHome } from '../../src/home/home.js';
import { applyPermissions, trainingPermissions } from '../../src/learn/training-permissions.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { loadConfig } from '../../src/config.js';
import { AUTHORED } from '../../src/store/contracts/messages.js';
import { openStore } from '../../src/store/open-store.js';
import type { Store } from '../../src/store/store.js';
import { aCorrection, aMessage } from '../contracts/store.js';
import { temporaryFolders } from '../store/temporary-home.js';

const nextFolder = temporaryFolders();

describe('training permissions', () => {
  let store: Store;
  beforeEach(async () => {
    const home = openHome(nextFolder());
    store = await openStore({ file: home.databaseFile, keyFile: home.keyFile });
  });
  afterEach(() => store.close());

  it('are those of the platforms that are set up', () => {
    expect(trainingPermissions(loadConfig({}))).toEqual({});
    expect(trainingPermissions(loadConfig({ DISCORD_TOKEN: 'd', SLACK_BOT_TOKEN: 'xoxb-1' }))).toEqual({
      discord: 'off',
      slack: 'messages',
    });
  });

  it.each<[TrainingPermission, string[]]>([
    ['messages', ['said', 'written', 'on the page']],
    ['authored', ['written', 'on the page']],
    ['off', ['on the page']],
  ])('%s leaves %j', async (permission, expected) => {
    const at = { platform: 'discord', channelId: 'D1' };
    const messages = [
      aMessage({ ...at, text: 'said' }),
      aMessage({ ...at, text: 'written', externalId: `${AUTHORED}1` }),
      aMessage({ text: 'on the page' }),
    ];
    for (const message of messages) {
      const { id } = await store.messages.add(message);
      await store.feedback.record(aCorrection(id));
    }
    await applyPermissions(store, { discord: permission }, SILENT_LOGGER);
    expect((await store.feedback.corrections()).map(({ text }) => text)).toEqual(expected);
  });
});
