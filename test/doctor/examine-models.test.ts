// What `doctor` says of the model in use: deleted messages that it still holds, corrections that it lost.
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { examineModels } from '../../src/doctor/examine-models.js';
import { openHome } from '../../src/home/home.js';
import { openStore } from '../../src/store/open-store.js';
import { aCorrection, aMessage } from '../contracts/store.js';
import { temporaryFolders } from '../store/temporary-home.js';

const nextFolder = temporaryFolders();
const HOUR_MS = 60 * 60 * 1000;

it('tells a rebuild that is due from one that is late, and names what was lost', async () => {
  const home = nextFolder();
  const { databaseFile, keyFile } = openHome(home);
  const config = loadConfig({ NUNCHI_HOME: home });
  const now = new Date('2026-03-01T12:00:00Z');
  const states = (hours: number) =>
    examineModels(config, new Date(now.getTime() + hours * HOUR_MS)).map(({ name, state }) => [name, state]);
  expect(states(0)).toEqual([]);
  const store = await openStore({ file: databaseFile, keyFile, now: () => now });
  const message = await store.messages.add(aMessage());
  const lost = await store.messages.add(aMessage());
  await store.feedback.record(aCorrection(lost.id));
  await store.models.register({
    version: 'a',
    directory: '/a',
    parent: null,
    metrics: {},
    rows: [message.id],
  });
  expect(states(0)).toEqual([]);
  await store.models.deploy('a', 'first start');
  expect(states(0)).toEqual([
    ['deletions', 'ok'],
    ['corrections', 'ok'],
  ]);
  await store.receipts.save('a', [{ messageId: lost.id, label: 'negative', state: 'lost' }]);
  await store.messages.eraseText(message.id);
  expect(states(47)).toEqual([
    ['deletions', 'note'],
    ['corrections', 'note'],
  ]);
  expect(states(49)[0]).toEqual(['deletions', 'problem']);
  const [late] = examineModels(config, new Date(now.getTime() + 49 * HOUR_MS));
  expect(late?.mend).toContain('nightly --now');
  await store.close();
});
