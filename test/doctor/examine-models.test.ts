// What `doctor` says of the model in use: deleted messages that it still holds, corrections that it lost.
import { truncateSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { examineModels } from '../../src/doctor/examine-models.js';
import { openHome } from '../../src/home/home.js';
import { openStore } from '../../src/store/open-store.js';
import { aCorrection, aMessage } from '../contracts/store.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';
import { temporaryFolders } from '../store/temporary-home.js';

const nextFolder = temporaryFolders();
const HOUR_MS = 60 * 60 * 1000;

it('tells a rebuild that is due from one that is late, and names what was lost', async () => {
  const home = nextFolder();
  const { databaseFile, keyFile } = openHome(home);
  const config = loadConfig({ NUNCHI_HOME: home });
  const now = new Date('2026-03-01T12:00:00Z');
  const states = async (hours: number) =>
    (await examineModels(config, new Date(now.getTime() + hours * HOUR_MS))).map(({ name, state }) => [
      name,
      state,
    ]);
  expect(await states(0)).toEqual([]);
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
  expect(await states(0)).toEqual([]);
  await store.models.deploy('a', 'first start');
  expect(await states(0)).toEqual([
    ['deletions', 'ok'],
    ['corrections', 'ok'],
  ]);
  await store.receipts.save('a', [{ messageId: lost.id, label: 'negative', state: 'lost' }]);
  await store.messages.eraseText(message.id);
  expect(await states(47)).toEqual([
    ['deletions', 'note'],
    ['corrections', 'note'],
  ]);
  expect((await states(49))[0]).toEqual(['deletions', 'problem']);
  const [late] = await examineModels(config, new Date(now.getTime() + 49 * HOUR_MS));
  expect(late?.mend).toContain('nightly --now');
  await store.close();
});

it('names trained models whose files are damaged or gone', async () => {
  const home = nextFolder();
  const { databaseFile, keyFile } = openHome(home);
  const config = loadConfig({ NUNCHI_HOME: home });
  const store = await openStore({ file: databaseFile, keyFile });
  const base = { version: 'base', directory: '/base', parent: null, metrics: {} };
  await store.models.register(base);
  await store.models.deploy('base', 'first start');
  const found = async () =>
    (await examineModels(config, new Date())).find(({ name }) => name === 'trained models');
  expect(await found()).toBeUndefined();
  await makeTinyModel(path.join(home, 'models', 'run-1'));
  await store.models.register({ ...base, version: 'whole', directory: 'models/run-1', parent: 'base' });
  expect(await found()).toMatchObject({ state: 'ok', detail: '1, every file checked' });
  await store.models.register({ ...base, version: 'gone', directory: 'models/run-2', parent: 'base' });
  truncateSync(path.join(home, 'models', 'run-1', 'model.safetensors'), 100);
  const finding = await found();
  expect(finding).toMatchObject({ state: 'problem' });
  expect(finding?.detail).toMatch(/whole: .*model\.safetensors.*; gone: there is no model directory/);
  await store.close();
});
