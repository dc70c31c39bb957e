// What a community sets: defaults, changes that are checked, who moderates, which emoji mean what.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createCommunitySettings,
  customMeaning,
  DEFAULT_SETTINGS,
  isModerator,
  modeOf,
} from '../../src/chat/settings.js';
import type { Store } from '../../src/store/store.js';
import { openTestStore } from '../fakes/web-bench.js';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nunchi-settings-'));
  store = await openTestStore(folder);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the settings of a community', () => {
  it('are the defaults where nothing was set: silent, no moderators of its own, a quorum of three', async () => {
    const settings = await createCommunitySettings(store.settings).get('slack', 'T1');
    expect(settings).toEqual(DEFAULT_SETTINGS);
    expect(settings).toMatchObject({
      mode: 'silent',
      language: 'auto',
      quorum: { people: 3, agreement: 2 / 3 },
    });
  });

  it('have the time zone of the installation until they have one of their own', async () => {
    const settings = createCommunitySettings(store.settings, { timeZone: 'Asia/Seoul' });
    expect(await settings.get('slack', 'T1')).toEqual({ ...DEFAULT_SETTINGS, timeZone: 'Asia/Seoul' });
    await settings.change('slack', 'T1', { timeZone: 'Europe/Berlin' });
    expect(await settings.get('slack', 'T1')).toMatchObject({ timeZone: 'Europe/Berlin' });
  });

  it('change one at a time, last over a restart, and differ between communities', async () => {
    const settings = createCommunitySettings(store.settings);
    await settings.change('slack', 'T1', { language: 'ko', channels: { C1: 'react', C2: 'off' } });
    await settings.change('slack', 'T1', { channels: { C1: null, C3: 'request' }, timeZone: 'Asia/Seoul' });
    const restarted = await createCommunitySettings(store.settings).get('slack', 'T1');
    expect(restarted).toEqual({
      ...DEFAULT_SETTINGS,
      language: 'ko',
      timeZone: 'Asia/Seoul',
      channels: { C2: 'off', C3: 'request' },
    });
    expect(await settings.get('slack', 'T1')).toEqual(restarted);
    expect(await settings.get('slack', 'T2')).toEqual(DEFAULT_SETTINGS);
    expect([modeOf(restarted, 'C2'), modeOf(restarted, 'C1'), modeOf(restarted, 'toString')]).toEqual([
      'off',
      'silent',
      'silent',
    ]);
    // A thread with an id of its own.
    expect([modeOf(restarted, 'thread', 'C2'), modeOf(restarted, 'thread', 'C1')]).toEqual(['off', 'silent']);
  });

  it.each([
    [{ timeZone: 'Mars/Olympus' }, 'timeZone: expected a time zone such as Asia/Seoul'],
    [{ threshold: 2 }, 'threshold: expected a number from 0 to 1'],
    [{ mode: 'loud' as 'silent' }, 'mode: expected one of silent, react, request, off'],
    [{ channels: { C1: 'loud' as 'silent' } }, 'channels.C1: expected one of'],
  ])('refuse %j and stay as they were', async (change, message) => {
    const settings = createCommunitySettings(store.settings);
    const refused = expect(settings.change('slack', 'T1', change)).rejects;
    await refused.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining(message) as string,
    });
    expect(await settings.get('slack', 'T1')).toEqual(DEFAULT_SETTINGS);
  });

  it('that another version wrote and nobody understands are the defaults', async () => {
    await store.settings.set('slack', 'T1', { mode: 'telepathy' });
    expect(await createCommunitySettings(store.settings).get('slack', 'T1')).toEqual(DEFAULT_SETTINGS);
  });
});

describe('who moderates', () => {
  const settings = { ...DEFAULT_SETTINGS, moderators: ['U7'], moderatorRoles: ['R1'] };
  it.each([
    [{ id: 'U1', roleIds: [], moderates: true }, true],
    [{ id: 'U7', roleIds: [], moderates: false }, true],
    [{ id: 'U1', roleIds: ['R0', 'R1'], moderates: false }, true],
    [{ id: 'R1', roleIds: ['U7'], moderates: false }, false],
    [{ id: 'U1', roleIds: [], moderates: false }, false],
  ])('%j: %s', (person, expected) => {
    expect(isModerator(settings, person)).toBe(expected);
  });
});

describe("the community's own emoji", () => {
  it('mean what was set, others nothing', () => {
    const emoji = { positive: ['party_parrot'], neutral: [], negative: ['💢'], forget: ['wastebasket'] };
    const settings = { ...DEFAULT_SETTINGS, emoji };
    expect(['party_parrot', '💢', 'wastebasket', '🎉'].map((one) => customMeaning(settings, one))).toEqual([
      'positive',
      'negative',
      'forget',
      null,
    ]);
  });

  it('are the same typed with colons, with a skin tone, and in the other presentation', () => {
    const emoji = {
      positive: [':tada:', '❤️'],
      neutral: [':wave::skin-tone-2:'],
      negative: ['👎'],
      forget: [],
    };
    const settings = { ...DEFAULT_SETTINGS, emoji };
    expect(
      ['tada', '❤', 'wave::skin-tone-5', 'wave', '👎🏿', 'toString'].map((one) => customMeaning(settings, one)),
    ).toEqual(['positive', 'positive', 'neutral', 'neutral', 'negative', null]);
  });
});
