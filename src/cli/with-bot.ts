// Commands that change state: told to the running bot, or done here, under the lock, where none runs.
import type { App } from '../app.js';
import type { Config } from '../config.js';
import type { BotApi } from '../control/bot-api.js';
import { createControlClient } from '../control/client.js';
import { NunchiError } from '../errors.js';
import { readRunningBot } from '../home/home-lock.js';
import { homePaths } from '../home/home.js';
import type { CliContext } from './context.js';

export type WithBot = <T>(context: CliContext, action: (bot: BotApi) => Promise<T>) => Promise<T>;

/** @param createHeadlessApp an app without platforms and jobs; it holds the lock while it is started. */
export function createWithBot(createHeadlessApp: (config: Config, context: CliContext) => App): WithBot {
  return async (context, action) => {
    const config = context.config();
    const running = readRunningBot(homePaths(config.home));
    if (running !== null) {
      if (running.control === null) {
        throw new NunchiError(
          'busy',
          `Process ${running.pid} holds ${config.home} and takes no commands yet`,
          {
            hint: 'It is starting, or another command is at work; try again in a moment.',
          },
        );
      }
      return action(createControlClient(running.control));
    }
    const app = createHeadlessApp(config, context);
    try {
      const { bot, warnings } = await app.start();
      for (const warning of warnings) context.stderr.write(`warning: ${warning}\n`);
      return await action(bot);
    } finally {
      await app.stop();
    }
  };
}
