// Reading back: conversations.history (without thread replies) and conversations.replies.
import { ApiError } from '../api-error.js';
import { isReply, repliesOf, type Message } from '../core.js';
import { messageJson } from '../message-shapes.js';
import { joined, page, readable, type Call, type Methods } from './method.js';

const TS = /^\d+(\.\d{1,6})?$/;
const micros = (ts: string) => {
  const [seconds = '0', fraction = ''] = ts.split('.');
  return Number(seconds) * 1e6 + Number(fraction.padEnd(6, '0'));
};

/** Whether a message lies between `oldest` and `latest`; the ends themselves count only with `inclusive`. */
function inRange({ args }: Call): (message: Message) => boolean {
  const [oldest, latest] = [args.text('oldest'), args.text('latest')];
  if (oldest !== undefined && !TS.test(oldest)) throw new ApiError('invalid_ts_oldest');
  if (latest !== undefined && latest !== 'now' && !TS.test(latest)) throw new ApiError('invalid_ts_latest');
  const low = oldest === undefined ? -Infinity : micros(oldest);
  const high = latest === undefined || latest === 'now' ? Infinity : micros(latest);
  const inclusive = args.flag('inclusive');
  return ({ ts }) => {
    const at = micros(ts);
    return (at > low && at < high) || (inclusive && (at === low || at === high));
  };
}

export const historyMethods: Methods = {
  'conversations.history': {
    run(call) {
      const { core, args } = call;
      const channel = joined(call, readable(call, 'history'));
      const listed = [...channel.messages.values()]
        .filter((message) => !isReply(message) || message.subtype === 'thread_broadcast')
        .filter(inRange(call));
      // With `oldest` alone the pages begin at that end; each page is newest first all the same.
      const forward = args.text('oldest') !== undefined && args.text('latest') === undefined;
      const { items, hasMore, response_metadata } = page(call, forward ? listed : listed.reverse(), 100, 999);
      const newestFirst = forward ? items.reverse() : items;
      const withMetadata = args.flag('include_all_metadata');
      return {
        messages: newestFirst.map((message) => messageJson(core, message, withMetadata)),
        has_more: hasMore,
        pin_count: 0,
        ...(args.text('latest') !== undefined && { latest: args.text('latest') }),
        ...(hasMore && { response_metadata }),
      };
    },
  },

  'conversations.replies': {
    run(call) {
      const { core, args } = call;
      const channel = joined(call, readable(call, 'history'));
      const root = channel.messages.get(args.required('ts'));
      if (!root) throw new ApiError('thread_not_found');
      // Asked with a reply's ts, Slack answers with that reply alone.
      const replies = isReply(root) ? [] : repliesOf(root).filter(inRange(call));
      const { items, hasMore, response_metadata } = page(call, [root, ...replies], 1000);
      // The first message leads every page.
      const messages = items[0] === root ? items : [root, ...items];
      const withMetadata = args.flag('include_all_metadata');
      return {
        messages: messages.map((message) => messageJson(core, message, withMetadata)),
        has_more: hasMore,
        ...(hasMore && { response_metadata }),
      };
    },
  },
};
