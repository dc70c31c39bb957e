// The shipped manifest asks for exactly what the code lives on.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMAND, SHORTCUTS } from '../../../bots/slack/interactions/interactions.js';
import { ALL_SCOPES, EVENT_SCOPES, METHOD_SCOPES } from '../../../bots/slack/scopes.js';
import { MESSAGE_MENU } from '../../../src/chat/command-catalog.js';
import { PACKAGE_ROOT } from '../../../src/paths.js';
import { readManifest } from './bench.js';

const folder = path.join(PACKAGE_ROOT, 'bots/slack');
const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && file !== 'scopes.ts')
  .map((file) => readFileSync(path.join(folder, file), 'utf8'))
  .join('\n');
const manifest = readManifest();

describe('the Slack manifest', () => {
  it('asks for the scopes behind every method that is called and every event that is listened to, and no other', () => {
    expect(manifest.oauth_config.scopes.bot).toEqual(ALL_SCOPES);
  });

  it('knows every method that the code calls, and none that it does not', () => {
    const called = [...source.matchAll(/\b(?:client|read|write)\s*\.(\w+)\s*\.(\w+)\(/g)]
      .map(([, family, method]) => `${family}.${method}`)
      .filter((name) => !name.startsWith('websocket.'));
    expect([...new Set(called)].sort()).toEqual(Object.keys(METHOD_SCOPES).sort());
  });

  it('subscribes to the events that the code listens to', () => {
    expect(manifest.settings.event_subscriptions.bot_events).toEqual(Object.keys(EVENT_SCOPES).sort());
    const names = Object.keys(EVENT_SCOPES).map((name) => name.replace(/^message\..*/, 'message'));
    for (const name of names) expect(source).toContain(`'${name}'`);
  });

  it('has the command and the message menu that the code answers', () => {
    const { slash_commands, shortcuts } = manifest.features;
    expect(slash_commands.map(({ command }) => command)).toEqual([COMMAND]);
    expect(shortcuts.map(({ callback_id }) => callback_id)).toEqual(Object.keys(SHORTCUTS));
    expect(shortcuts.map(({ name }) => name)).toEqual(MESSAGE_MENU.map(({ name }) => name.en));
    expect(Object.values(SHORTCUTS)).toEqual(MESSAGE_MENU.map(({ request }) => request));
  });
});
