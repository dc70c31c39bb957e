// Settings: defaults, .env under the real environment, errors that help and keep secrets, .env.example held to the schema.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configWarnings, loadConfig, readEnvironment, SETTING_NAMES } from '../src/config.js';
import { NunchiError } from '../src/errors.js';
import { RUN_DEFAULTS } from '../src/learn/run-settings.js';
import { GATE_DEFAULTS } from '../src/learn/gate/settings.js';
import { PACKAGE_ROOT } from '../src/paths.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function failure(env: Record<string, string>): NunchiError {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof NunchiError) return error;
    throw error;
  }
  throw new Error('expected loadConfig to throw');
}

describe('loadConfig', () => {
  it('has a default for everything', () => {
    expect(loadConfig({})).toMatchObject({
      home: path.resolve('.nunchi'),
      data: path.resolve('.nunchi', 'data'),
      dataOrigin: 'https://raw.githubusercontent.com',
      model: undefined,
      token: undefined,
      threshold: 0.6,
      engine: 'auto',
      host: '127.0.0.1',
      port: 3000,
      gate: GATE_DEFAULTS,
      retentionDays: 30,
      discord: null,
      slack: null,
      operators: [],
    });
    expect(loadConfig({})).toMatchObject({
      nightlyCron: '23 4 * * *',
      nightlyMinCorrections: 5,
      timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    });
    expect(loadConfig({ NIGHTLY_CRON: 'off', NUNCHI_TIMEZONE: 'Asia/Seoul' })).toMatchObject({
      nightlyCron: null,
      timeZone: 'Asia/Seoul',
    });
    expect(loadConfig({ NUNCHI_OPERATORS: 'discord:1, slack:T1' }).operators).toEqual([
      'discord:1',
      'slack:T1',
    ]);
  });

  it('takes every number of the gate from a file, and the common ones from variables over it', () => {
    const file = path.join(folder, 'gate.json');
    const gateOf = (content: string, env = {}) => {
      writeFileSync(file, content);
      return loadConfig({ NUNCHI_GATE_SETTINGS: file, ...env }).gate;
    };
    const content = JSON.stringify({ base: { margin: 0.002 }, minHeldOutCorrections: 9, heldOut: 'better' });
    expect(gateOf(content)).toEqual({
      ...GATE_DEFAULTS,
      base: { ...GATE_DEFAULTS.base, margin: 0.002 },
      minHeldOutCorrections: 9,
      heldOut: 'better',
    });
    const env = { NUNCHI_GATE_MIN_CORRECTIONS: '7', NUNCHI_PROMOTION: 'ask' };
    expect(gateOf(content, env)).toMatchObject({ minHeldOutCorrections: 7, promotion: 'ask' });
    const wrong = (text: string) => failure({ NUNCHI_GATE_SETTINGS: (writeFileSync(file, text), file) });
    expect(wrong('{"base":{"margin":5}}').message).toMatch(/gate\.json: base\.margin: /);
    expect(wrong('{"latencyratio":2}').message).toContain('latencyratio');
    expect(wrong('{"base":{},}').message).toMatch(/gate\.json is not JSON: .*(position|double-quoted)/);
    // As editors of Windows write it.
    expect(gateOf(`\uFEFF${content}`).heldOut).toBe('better');
    rmSync(file);
    expect(failure({ NUNCHI_GATE_SETTINGS: file })).toMatchObject({ code: 'invalid-config' });
  });

  it('trains by a file of settings that says what differs', () => {
    const file = path.join(folder, 'training.json');
    const trainingOf = (content: unknown) => {
      writeFileSync(file, JSON.stringify(content));
      return loadConfig({ NUNCHI_TRAINING_SETTINGS: file }).trainingSettings;
    };
    expect(loadConfig({}).trainingSettings).toEqual(RUN_DEFAULTS);
    const given = { epochs: 3, few: { most: 10 }, replay: { own: 600, policy: 'random', mix: { nsmc: 1 } } };
    expect(trainingOf({ ...given, anchor: { method: 'ewc', strength: 10 } })).toEqual({
      ...RUN_DEFAULTS,
      epochs: 3,
      few: { ...RUN_DEFAULTS.few, most: 10 },
      replay: { ...RUN_DEFAULTS.replay, ...given.replay },
      anchor: { method: 'ewc', strength: 10 },
    });
    expect(trainingOf({ stopWhenLearned: null }).stopWhenLearned).toBeNull();
    expect(() => trainingOf({ replay: { own: -1 } })).toThrow(/training\.json: replay\.own: /);
    expect(() => trainingOf({ replay: { mix: { imdb: 1 } } })).toThrow(/training\.json: replay\.mix.*imdb/);
    expect(() => trainingOf({ epoch: 3 })).toThrow('epoch');
    rmSync(file);
    expect(failure({ NUNCHI_TRAINING_SETTINGS: file })).toMatchObject({
      message: expect.stringContaining('cannot be read') as string,
      hint: expect.stringContaining('docs/learning.md') as string,
    });
  });

  it('is in Discord and Slack where it has their tokens', () => {
    expect(loadConfig({ DISCORD_TOKEN: 'd', DISCORD_API_URL: 'http://127.0.0.1:9/api/' }).discord).toEqual({
      token: 'd',
      apiUrl: 'http://127.0.0.1:9/api',
      training: 'off',
      messageContent: true,
      shards: 1,
    });
    expect(loadConfig({ DISCORD_TOKEN: 'd', DISCORD_SHARDS: '4' }).discord?.shards).toBe(4);
    expect(
      loadConfig({ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 's', SLACK_TRAINING: 'off' }).slack,
    ).toEqual({
      botToken: 'xoxb-1',
      appToken: undefined,
      signingSecret: 's',
      port: 3001,
      apiUrl: 'https://slack.com/api',
      training: 'off',
    });
  });

  it('takes tokens and addresses as people copy them', () => {
    const env = { DISCORD_TOKEN: '"Bot d.e.f" ', DISCORD_API_URL: ' http://127.0.0.1:9/api/v10/ ' };
    expect(loadConfig(env).discord).toMatchObject({ token: 'd.e.f', apiUrl: 'http://127.0.0.1:9/api' });
    expect(loadConfig({ SLACK_BOT_TOKEN: " 'xoxb-1' ", PORT: ' 0' })).toMatchObject({
      slack: { botToken: 'xoxb-1' },
      port: 0,
    });
  });

  it('takes an empty value as unset and makes paths absolute', () => {
    const config = loadConfig({ PORT: '', NUNCHI_TOKEN: ' ', NUNCHI_MODEL: 'somewhere', PATH: '/bin' });
    expect(config.port).toBe(3000);
    expect(config.token).toBeUndefined();
    expect(config.model).toBe(path.resolve('somewhere'));
  });

  it.each([
    ['PORT', 'http', 'expected a whole number from 0 to 65535 (got "http")'],
    ['PORT', '65536', 'expected a whole number from 0 to 65535'],
    ['PORT', '-1', 'expected a whole number'],
    ['PORT', '80.5', 'expected a whole number'],
    ['NUNCHI_THRESHOLD', '60', 'expected a number from 0 to 1 (got "60")'],
    ['NUNCHI_THRESHOLD', 'NaN', 'expected a number from 0 to 1'],
    [
      'NUNCHI_ENGINE',
      'cuda',
      'expected one of auto, onnxruntime, onnxruntime-cpu, onnxruntime-webgpu, onnxruntime-cuda, tfjs (got "cuda")',
    ],
    ['NUNCHI_LOG_LEVEL', 'loud', 'expected one of fatal, error'],
    ['NUNCHI_GATE_MIN_CORRECTIONS', '0', 'expected a whole number from 1'],
    ['NIGHTLY_CRON', '25:00', 'expected off or five cron fields'],
    ['NIGHTLY_CRON', '0 4 31 2 *', 'expected off or five cron fields'],
    ['NIGHTLY_MIN_CORRECTIONS', '0', 'expected a whole number from 1'],
    ['NUNCHI_TIMEZONE', 'Seoul', 'expected the IANA name of a time zone, such as Asia/Seoul (got "Seoul")'],
    ['NUNCHI_OPERATORS', 'discord', 'expected communities such as discord:1234'],
    ['DISCORD_TRAINING', 'yes', 'expected one of off, authored, messages (got "yes")'],
    ['DISCORD_SHARDS', '0', 'expected auto or a whole number from 1 (got "0")'],
    ['SLACK_TRAINING', 'authored', 'expected one of off, messages'],
    ['NUNCHI_DATA_ORIGIN', 'ftp://mirror', 'expected an http or https address (got "ftp://mirror")'],
  ])('refuses %s=%s and says what was expected', (name, value, message) => {
    const error = failure({ [name]: value });
    expect(error.code).toBe('invalid-config');
    expect(error.message).toContain(`${name}: ${message}`);
    expect(error.hint).toContain('.env');
  });

  it('never repeats a secret', () => {
    const error = failure({ NUNCHI_TOKEN: 'hunter2' });
    expect(error.message).toContain('NUNCHI_TOKEN: expected at least 16 characters');
    expect(JSON.stringify([error.message, error.hint])).not.toContain('hunter2');
  });
});

describe('.env', () => {
  it('is read from the folder, and the real environment wins', () => {
    writeFileSync(path.join(folder, '.env'), '# note\nPORT=4000\nHOST="::1" # loopback\nNUNCHI_HOME=here\n');
    const config = loadConfig(readEnvironment(folder, { PORT: '5000' }));
    expect(config).toMatchObject({ port: 5000, host: '::1', home: path.resolve('here') });
  });

  it('need not exist, but must be readable', () => {
    expect(readEnvironment(path.join(folder, 'nowhere'), { PORT: '1' })).toEqual({ PORT: '1' });
    expect(() => readEnvironment(path.join(folder, '.env'), {})).toThrow(NunchiError);
  });
});

describe('configWarnings', () => {
  it('names unknown settings with the one that was probably meant', () => {
    expect(configWarnings({ NUNCHI_TRESHOLD: '0.5', NUNCHI_HOME: 'x', OTHER: 'y' })).toEqual([
      'NUNCHI_TRESHOLD is not a setting of Nunchi; did you mean NUNCHI_THRESHOLD?',
    ]);
    expect(configWarnings({ NUNCHI_COMPLETELY_DIFFERENT: '1' })).toEqual([
      'NUNCHI_COMPLETELY_DIFFERENT is not a setting of Nunchi',
    ]);
  });

  it('leaves alone what other programs may have set', () => {
    expect(configWarnings({ DISCORD_WEBHOOK_ADDRESS: 'x', SLACK_TRAINNING: 'off' })).toEqual([
      'SLACK_TRAINNING is not a setting of Nunchi; did you mean SLACK_TRAINING?',
    ]);
  });

  it('says that Slack is not complete', () => {
    expect(configWarnings({ SLACK_APP_TOKEN: 'xapp-1', SLACK_BOT_TOKEN: ' ' })).toEqual([
      expect.stringContaining('SLACK_BOT_TOKEN'),
    ]);
    expect(configWarnings({ SLACK_APP_TOKEN: 'xapp-1', SLACK_BOT_TOKEN: 'xoxb-1' })).toEqual([]);
  });
});

describe('.env.example', () => {
  const text = readFileSync(path.join(PACKAGE_ROOT, '.env.example'), 'utf8');
  const entries = new Map([...text.matchAll(/^#([A-Z_]+)=(.*)$/gm)].map((m) => [String(m[1]), String(m[2])]));

  it('names every setting and nothing else', () => {
    expect([...entries.keys()].sort()).toEqual([...SETTING_NAMES].sort());
  });

  it('shows the defaults', () => {
    expect(loadConfig(Object.fromEntries(entries))).toEqual(loadConfig({}));
  });
});
