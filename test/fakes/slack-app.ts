// A small bot on the real Bolt, in both transports, for the tests that hold the fake Slack to it.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel, SocketModeReceiver, type types } from '@slack/bolt';
import { afterEach } from 'vitest';
import { startFakeSlack, type FakeSlack, type FakeSlackOptions } from './slack/index.js';

/** What a test started, closed after it in the opposite order. */
export const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

export async function startSlack(options?: FakeSlackOptions): Promise<FakeSlack> {
  const slack = await startFakeSlack(options);
  closing.push(() => slack.close());
  return slack;
}

const SILENT = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

/** Fewer retries than Bolt's own, which would take half an hour. */
const clientOptions = (slack: FakeSlack) => ({
  slackApiUrl: slack.apiUrl,
  retryConfig: { retries: 3, minTimeout: 1, maxTimeout: 1 },
});

export async function startSocketApp(slack: FakeSlack): Promise<App> {
  const receiver = new SocketModeReceiver({
    appToken: slack.settings.appToken,
    logger: SILENT,
    clientPingTimeout: 1_000,
    installerOptions: { clientOptions: clientOptions(slack) },
  });
  const app = new App({
    token: slack.settings.botToken,
    receiver,
    logger: SILENT,
    clientOptions: clientOptions(slack),
  });
  handle(app);
  await app.start();
  closing.push(() => app.stop());
  return app;
}

export async function startHttpApp(slack: FakeSlack): Promise<App> {
  const receiver = new HTTPReceiver({
    signingSecret: slack.settings.signingSecret,
    bodyLimit: '100kb',
    logger: SILENT,
  });
  const app = new App({
    token: slack.settings.botToken,
    receiver,
    logger: SILENT,
    clientOptions: clientOptions(slack),
  });
  handle(app);
  const server = (await app.start({ port: 0, host: '127.0.0.1' })) as Server;
  closing.push(() => app.stop());
  slack.settings.requestUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  return app;
}

const button = (action_id: string, value: string): types.Button => ({
  type: 'button',
  action_id,
  value,
  text: { type: 'plain_text', text: value },
});

const modal: types.ModalView = {
  type: 'modal',
  callback_id: 'correct',
  notify_on_close: true,
  title: { type: 'plain_text', text: 'Correct' },
  submit: { type: 'plain_text', text: 'Save' },
  blocks: [
    {
      type: 'input',
      block_id: 'note',
      label: { type: 'plain_text', text: 'Note' },
      element: { type: 'plain_text_input', action_id: 'text', max_length: 100 },
    },
  ],
};

/** A small bot that uses each way of being spoken to. */
function handle(app: App): void {
  app.event('app_mention', async ({ event, say }) => {
    await say({
      text: `read: ${event.text}`,
      thread_ts: event.ts,
      metadata: { event_type: 'reading', event_payload: { ts: event.ts } },
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: 'Right?' } },
        { type: 'actions', elements: [button('yes', 'positive'), button('no', 'negative')] },
      ],
    });
  });
  app.event('reaction_added', async ({ event, client }) => {
    const { channel, ts } = event.item;
    if (event.reaction === 'red_circle') await client.reactions.add({ channel, timestamp: ts, name: 'eyes' });
  });
  app.message(/^hello/, async ({ say }) => void (await say('hi')));
  app.command('/nunchi', async ({ ack, respond, command }) => {
    await ack({ text: `working on ${command.text}` });
    await respond({ text: 'done', response_type: 'in_channel' });
  });
  app.shortcut('correct', async ({ ack, shortcut, client }) => {
    await ack();
    await client.views.open({ trigger_id: shortcut.trigger_id, view: modal });
  });
  app.action(/yes|no/, async ({ ack, respond, action }) => {
    await ack();
    const value = 'value' in action ? String(action.value) : '';
    await respond({ text: `thanks: ${value}`, replace_original: true });
  });
  app.view('correct', async ({ ack, view, client, body }) => {
    const text = view.state.values.note?.text?.value ?? '';
    if (text === 'bad') return ack({ response_action: 'errors', errors: { note: 'Say more' } });
    await ack();
    await client.chat.postMessage({ channel: body.user.id, text: `noted: ${text}` });
  });
  app.view({ callback_id: 'correct', type: 'view_closed' }, ({ ack }) => ack());
}

/** A call as any client makes it. */
export async function call(slack: FakeSlack, method: string, body: object, token = slack.settings.botToken) {
  const response = await fetch(`${slack.apiUrl}${method}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const json = (await response.json()) as Record<string, unknown>;
  return { ...json, status: response.status, retryAfter: response.headers.get('retry-after') } as Record<
    string,
    unknown
  >;
}
