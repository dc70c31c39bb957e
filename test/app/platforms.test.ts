// The built program in Discord and Slack at once, as a person starts it: two fakes on loopback, one process, its streams.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FakeDiscord, startFakeDiscord } from '../fakes/discord/index.js';
import { type FakeSlack, startFakeSlack } from '../fakes/slack/index.js';
import { type BotProcess, spawnNunchi, until } from '../fixtures/bot-process.js';
import { openHomeDatabase } from '../fixtures/home-database.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';
import { createWebClient } from './web-client.js';

const PATIENCE_MS = 120_000;
/** The deadline of `start`, and what the process itself needs to go. */
const STOP_WITHIN_MS = 13_000;
const [KOREAN, ENGLISH] = ['배송이 빨라서 좋았어요', 'what a terrible day'];

let folder: string;
let discord: FakeDiscord;
let slack: FakeSlack;
let channel: string;
let mina: string;
let joon: string;
let team: ReturnType<typeof slackTeam>;
let bot: BotProcess | undefined;
let homes = 0;

function slackTeam() {
  const person = slack.createUser('mina');
  const moderator = slack.createUser('joon', { isAdmin: true });
  return { person, moderator, channel: slack.createChannel('general', [person, moderator]) };
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-platforms-'));
  await makeTinyModel(path.join(folder, 'model'));
  discord = await startFakeDiscord();
  slack = await startFakeSlack({ clockRuns: true });
  const guild = discord.createGuild();
  channel = discord.createChannel(guild);
  mina = discord.createMember(guild, 'mina');
  joon = discord.createMember(guild, 'joon', [discord.createRole(guild, 'moderators', ['ManageMessages'])]);
  team = slackTeam();
});
afterEach(async () => {
  bot?.process.kill('SIGKILL');
  await bot?.exited;
});
afterAll(async () => {
  await discord.close();
  await slack.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(env: Record<string, string>) {
  const home = path.join(folder, `home-${(homes += 1)}`);
  bot = spawnNunchi(
    ['start'],
    {
      NUNCHI_HOME: home,
      NUNCHI_MODEL: path.join(folder, 'model'),
      PORT: '0',
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      SLACK_BOT_TOKEN: slack.settings.botToken,
      SLACK_APP_TOKEN: slack.settings.appToken,
      SLACK_API_URL: slack.apiUrl,
      ...env,
    },
    folder,
  );
  return { bot, home, address: await bot.address };
}

async function end(running: BotProcess) {
  const asked = Date.now();
  running.process.kill('SIGTERM');
  const finished = await running.exited;
  return { ...finished, tookMs: Date.now() - asked };
}

const askDiscord = (text: string) => discord.say(channel, mina, `<@${discord.botId}> ${text}`);
const discordAnswers = (id: string) => discord.sent.messages.filter(({ replyTo }) => replyTo === id);
const askSlack = (text: string) => slack.mention(team.person, team.channel, text);
const slackAnswers = (ts: string) => slack.sent.messages.filter(({ message }) => message.threadTs === ts);

const answered = (id: string, ts: string) =>
  until(() => discordAnswers(id).length > 0 && slackAnswers(ts).length > 0, 'an answer in both');

describe('the program with both platforms', () => {
  it(
    'answers mentions, takes a moderator’s 🟢 for a label, keeps texts and tokens out of its log, and ends',
    async () => {
      const { bot, home } = await start({
        DISCORD_API_URL: `${discord.apiUrl}/v10/`,
        SLACK_API_URL: slack.apiUrl.replace(/\/$/, ''),
        NUNCHI_LOG_LEVEL: 'debug',
      });
      const [id, { ts }] = [askDiscord(KOREAN), askSlack(ENGLISH)];
      await answered(id, ts);
      discord.react(id, joon, '🟢');
      const asked = team.channel.messages.get(ts);
      if (asked !== undefined) slack.react(team.moderator, asked, 'large_green_circle');
      const database = openHomeDatabase(home);
      const labels = await until(() => {
        const found = database.labels();
        return found.size >= 2 ? found : null;
      }, 'both labels').finally(() => database.close());
      expect(Object.fromEntries(labels)).toEqual({
        [`discord/${channel}/${id}`]: 'positive',
        [`slack/${team.channel.id}/${ts}`]: 'positive',
      });
      const finished = await end(bot);
      expect(finished).toMatchObject({ code: 0, signal: null });
      expect(finished.tookMs).toBeLessThan(STOP_WITHIN_MS);
      expect(discordAnswers(id)).toHaveLength(1);
      expect(slackAnswers(ts)).toHaveLength(1);

      const { botToken, appToken } = slack.settings;
      const printed = finished.stdout + finished.stderr;
      expect(printed).not.toMatch(/not configured/);
      expect(finished.stdout.match(/Discord: .* \(DISCORD_TRAINING=off; docs\/discord.md\)/g)).toHaveLength(
        1,
      );
      for (const secret of [discord.token, botToken, appToken, KOREAN, ENGLISH])
        expect(printed).not.toContain(secret);
    },
    PATIENCE_MS,
  );

  it(
    'finds them at addresses that end with the version and with a slash',
    async () => {
      const { bot } = await start({ DISCORD_API_URL: `${discord.apiUrl}/v10`, SLACK_API_URL: slack.apiUrl });
      await answered(askDiscord(KOREAN), askSlack(ENGLISH).ts);
      expect(await end(bot)).toMatchObject({ code: 0 });
    },
    PATIENCE_MS,
  );
});

describe('a wrong Discord token', () => {
  it(
    'is named once with what to do, and Slack and the page work',
    async () => {
      const token = 'MTIz.wrong.discord-token';
      const { bot, address } = await start({
        DISCORD_TOKEN: token,
        DISCORD_API_URL: `${discord.apiUrl}/`,
      });
      const { ts } = askSlack(KOREAN);
      await until(() => slackAnswers(ts).length > 0, 'an answer in Slack');
      const page = createWebClient(address);
      await page.send('m1', ENGLISH);
      await until(async () => (await page.messages()).length === 2, 'an answer on the page');
      const { code, stdout, stderr } = await end(bot);
      expect(code).toBe(0);
      const warnings = stdout.split('\n').filter((line) => line.includes('warning:'));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/DISCORD_TOKEN.*Reset Token/);
      expect(stderr.split('\n').filter((line) => line.includes('"warn"'))).toHaveLength(1);
      expect(stdout + stderr).not.toContain(token);
    },
    PATIENCE_MS,
  );
});
