// response_url: answers to an interaction without a token, 5 of them within 30 minutes.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './api-error.js';
import { readBody } from './args.js';
import { messageBlocks } from './blocks.js';
import {
  newTs,
  type Blocks,
  type Channel,
  type Core,
  type Ephemeral,
  type Message,
  type User,
} from './core.js';
import { change, erase } from './effects.js';
import { postAsBot, storedText } from './methods/chat.js';

const MOST_USES = 5;
const LIFE_MS = 30 * 60_000;

/** What an app may answer with, here and in an acknowledgement. */
export interface Answer {
  text?: string;
  blocks?: unknown;
  response_type?: 'ephemeral' | 'in_channel';
  replace_original?: boolean;
  delete_original?: boolean;
  thread_ts?: string;
}

const isEphemeral = (origin: Message | Ephemeral): origin is Ephemeral => 'deleted' in origin;

export function newResponseUrl(
  core: Core,
  channel: Channel,
  user: User,
  origin?: Message | Ephemeral,
): string {
  const id = core.newId('r');
  core.responseUrls.set(id, { channel, user, uses: 0, since: core.clock.now(), ...(origin && { origin }) });
  return `${core.url}/response/${id}`;
}

/** Does what an answer asks: shows it to one or all, or replaces or deletes what was acted on. Throws `ApiError`. */
export function applyAnswer(
  core: Core,
  { channel, user, origin }: { channel: Channel; user: User; origin?: Message | Ephemeral },
  answer: Answer,
  through: string,
): void {
  if (origin && answer.delete_original === true) {
    if (isEphemeral(origin)) origin.deleted = true;
    else erase(core, origin);
    return core.changes.notify();
  }
  const blocks = messageBlocks(core, answer.blocks);
  if (answer.text === undefined && !blocks) throw new ApiError('no_text');
  const text = storedText(answer.text ?? '');
  const content: { text: string; blocks?: Blocks } = { text, ...(blocks && { blocks }) };
  const threadTs = answer.thread_ts ?? origin?.threadTs;
  const thread = threadTs !== undefined && { threadTs };
  if (origin && answer.replace_original === true) {
    if (isEphemeral(origin)) Object.assign(origin, { blocks: undefined, ...content });
    else change(core, origin, { blocks: undefined, ...content }, core.bot);
  } else if (answer.response_type === 'in_channel') {
    postAsBot(core, channel, { ...content, ...thread }, through);
  } else {
    core.sent.ephemerals.push({
      ts: newTs(core, channel),
      channel,
      user,
      deleted: false,
      ...content,
      ...thread,
    });
  }
  core.changes.notify();
}

export async function receiveAnswer(
  core: Core,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = (status: number, body: object) => {
    response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(body));
  };
  const body = (await readBody(request)).toString('utf8');
  const known = core.responseUrls.get(id);
  if (!known || core.clock.now() - known.since > LIFE_MS)
    return reply(404, { ok: false, error: 'expired_url' });
  if (known.uses >= MOST_USES) return reply(404, { ok: false, error: 'used_url' });
  known.uses++;
  try {
    applyAnswer(core, known, JSON.parse(body) as Answer, 'response_url');
    reply(200, { ok: true });
  } catch (error) {
    if (error instanceof SyntaxError) return reply(400, { ok: false, error: 'invalid_payload' });
    if (!(error instanceof ApiError)) throw error;
    reply(200, { ok: false, error: error.code, ...error.extra });
  }
}
