// reactions.*: of the bot on messages.
import { ApiError } from '../api-error.js';
import { react, unreact } from '../effects.js';
import { messageJson } from '../message-shapes.js';
import { channelOf, joined, messageOf, need, type Call, type Methods } from './method.js';

function item(call: Call) {
  if (call.args.text('timestamp') === undefined || call.args.text('channel') === undefined)
    throw new ApiError('no_item_specified');
  const channel = joined(call, channelOf(call));
  if (!/^\d+\.\d{6}$/.test(call.args.required('timestamp'))) throw new ApiError('bad_timestamp');
  return messageOf(call, channel, 'timestamp');
}

function apply(call: Call, added: boolean): object {
  need(call, 'reactions:write');
  const { core, args } = call;
  const name = args.required('name', 'invalid_name');
  const message = item(call);
  const error = (added ? react : unreact)(core, message, core.bot, name);
  if (error !== undefined) throw new ApiError(error);
  core.sent.reactions.push({ added, name, channel: message.channel.id, ts: message.ts });
  return {};
}

export const reactionMethods: Methods = {
  'reactions.add': { run: (call) => apply(call, true) },
  'reactions.remove': { run: (call) => apply(call, false) },
  'reactions.get': {
    run(call) {
      need(call, 'reactions:read');
      const message = item(call);
      return { type: 'message', channel: message.channel.id, message: messageJson(call.core, message) };
    },
  },
};
