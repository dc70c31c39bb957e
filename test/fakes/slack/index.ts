// A Slack on loopback, for the tests of what talks to one: the Web API, Socket Mode, signed HTTP events, and people who
// write, react, press and submit. It keeps to Slack's documentation, not to the habits of one client.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from './args.js';
import { createCore, type Channel, type Core } from './core.js';
import { createDeliveries, type Deliveries } from './deliveries.js';
import { isVisible, wrap } from './events.js';
import { createInteractions } from './interactions.js';
import { receiveUpload } from './methods/files.js';
import { createPeople } from './people.js';
import { receiveAnswer } from './response-url.js';
import type { Fault, Settings } from './settings.js';
import { createHttpTransport, postSigned, type SignedRequest } from './signed-http.js';
import { createSocketMode, type SocketMode } from './socket.js';
import { createWebApi } from './web-api.js';

export interface FakeSlackOptions {
  /** What differs from a fresh app with every scope, in Socket Mode. */
  settings?: Partial<Settings>;
  /** Lets the clock run with the wall clock, for soaks; otherwise it moves only by `clock.advance`. */
  clockRuns?: boolean;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function routes(core: Core, socketMode: SocketMode): Answer {
  const webApi = createWebApi(core, socketMode);
  return async (request, response) => {
    const [, area = '', ...rest] = new URL(request.url ?? '/', core.url).pathname.split('/');
    if (area === 'api') return webApi(rest.join('/'), request, response);
    if (area === 'response') return receiveAnswer(core, rest[0] ?? '', request, response);
    if (area === 'upload') {
      const type = request.headers['content-type'] ?? '';
      const { status, text } = await receiveUpload(core, rest[1] ?? '', type, await readBody(request));
      return void response.writeHead(status, { 'Content-Type': 'text/plain' }).end(text);
    }
    response.writeHead(404).end();
  };
}

export async function startFakeSlack({ settings, clockRuns = false }: FakeSlackOptions = {}) {
  const core = createCore(clockRuns);
  Object.assign(core.settings, settings);
  const { changes, clock, sent } = core;

  const late = (): Deliveries => deliveries;
  const socketMode = createSocketMode(core, late);
  const http = createHttpTransport(core, late);
  const transport = () => (core.settings.requestUrl === undefined ? socketMode.transport : http.transport);
  const deliveries = createDeliveries({ clock, changes, settings: core.settings, sent, transport });
  core.emit = (event, channel) => {
    if (core.settings.revoked || !isVisible(core, event, channel)) return;
    const payload = wrap(core, event, channel);
    deliveries.dispatch('events_api', payload, { eventId: payload.event_id });
  };

  const answer = routes(core, socketMode);
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A fault of the fake itself must not look like one of Slack's answers.
      response.writeHead(599).end(String(error));
    });
  });
  server.on('upgrade', (request, socket, head) => socketMode.upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  core.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    ...createPeople(core),
    ...createInteractions(core, deliveries),

    /** For `clientOptions.slackApiUrl`. */
    apiUrl: `${core.url}/api/`,
    clock,
    settings: core.settings,
    /** The app's home team, its id, and its user. */
    team: core.team,
    appId: core.appId,
    bot: core.bot,
    /** Everything the app did. */
    sent,
    counters: sent.counters,
    until: changes.until,
    /** Everything sent to the app, in order, with attempts and acknowledgements. */
    deliveries: deliveries.all,
    pendingCount: deliveries.pendingCount,
    redeliver: deliveries.redeliver,
    redeliverPending: deliveries.redeliverPending,
    connections: socketMode.connections,
    disconnect: socketMode.disconnect,
    drop: socketMode.drop,
    silence: socketMode.silence,

    /** The next `times` calls of a method end like this. */
    fail(method: string, fault: Fault, times = 1): void {
      const faults = core.settings.faults.get(method) ?? [];
      core.settings.faults.set(method, [...faults, ...Array<Fault>(times).fill(fault)]);
    },

    /** Waits until something sent is acknowledged; what the app answered with it. Rejects when it is lost. */
    async acknowledged(delivery: Deliveries['all'][number]): Promise<unknown> {
      await changes.until(() => delivery.state !== 'pending');
      if (delivery.state === 'lost')
        throw new Error(`Never acknowledged: ${delivery.attempts.map(({ outcome }) => outcome).join(', ')}`);
      return delivery.response;
    },

    /** Deliveries of events of a type (and subtype), in order. */
    eventsOf: (type: string, subtype?: string) =>
      deliveries.all.filter(({ payload }) => {
        const event = 'event' in payload ? (payload.event as { type: string; subtype?: string }) : undefined;
        return event?.type === type && event.subtype === subtype;
      }),

    /** Posts whatever body to the app's address, with any secret and time: forged, replayed, oversized. */
    postSigned: (request: SignedRequest) => postSigned(core, request),

    /** Asks the app's address to prove itself, as when it is entered at Slack. */
    verifyUrl(challenge: string) {
      const token = core.settings.verificationToken;
      return postSigned(core, { body: JSON.stringify({ type: 'url_verification', token, challenge }) });
    },

    /** The body of a message event, for `postSigned`; nothing is stored. */
    eventBody: (channel: Channel, text: string): string =>
      JSON.stringify(
        wrap(
          core,
          {
            type: 'message',
            subtype: undefined,
            channel: channel.id,
            channel_type: channel.kind,
            user: [...channel.members][0] ?? '',
            text,
            ts: '1700000000.000100',
            event_ts: '1700000000.000100',
          },
          channel,
        ),
      ),

    /** Takes the app out of the workspace: both events, then its bot token is worth nothing. */
    uninstall(): void {
      core.emit({ type: 'app_uninstalled' });
      core.emit({ type: 'tokens_revoked', tokens: { oauth: [], bot: [core.bot.id] } });
      core.settings.revoked = true;
      changes.notify();
    },

    /** Drops what is over, to keep a long run's memory flat: calls, settled deliveries, closed modals. */
    forget(): void {
      deliveries.forget();
      sent.calls.length = 0;
      for (const [id, { open }] of core.views) if (!open) core.views.delete(id);
      for (const [id, { since }] of core.triggers) if (clock.now() - since > 60_000) core.triggers.delete(id);
    },

    async close(): Promise<void> {
      changes.close();
      clock.stop();
      http.close();
      socketMode.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

export type FakeSlack = Awaited<ReturnType<typeof startFakeSlack>>;
