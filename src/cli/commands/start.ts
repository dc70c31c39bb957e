// `start`: runs Nunchi until it is told to end, and says where the page is.
import type { App, StartedApp } from '../../app.js';
import type { Config } from '../../config.js';
import { NunchiError } from '../../errors.js';
import type { CliContext, RegisterCommand } from '../context.js';
import { columns, printLines } from '../output.js';

/** A stop that takes longer is given up; the system then ends what is left. */
const STOP_DEADLINE_MS = 10_000;

export interface StartParts {
  createApp(config: Config, context: CliContext): App;
  /** Platforms that exist but are not set up here. */
  notConfigured(config: Config): string[];
  /** What is not learned from although it is set up, and how to change it. */
  untrained(config: Config): string[];
}

interface Notes {
  notConfigured: readonly string[];
  untrained: readonly string[];
}

function announce(context: CliContext, app: StartedApp, { notConfigured, untrained }: Notes): void {
  const { address, model, warnings, services } = app;
  printLines(context, [
    `Nunchi is ready${address === null ? '' : `: ${address}`}`,
    ...columns([
      ['  model', model.version],
      ['  engine', model.engine],
      ['  data', services.home.directory],
      ...(notConfigured.length === 0 ? [] : [['  not configured', notConfigured.join(', ')]]),
      ...untrained.map((note) => ['  training', note]),
    ]),
    ...warnings.map((warning) => `  warning: ${warning}`),
    'Press Ctrl-C to stop.',
  ]);
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals) => {
      // Children end with their channel to this process.
      if (asked) process.exit(1);
      asked = true;
      resolve(signal);
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  });
}

export function registerStart(parts: StartParts): RegisterCommand {
  return (program, context) => {
    program
      .command('start')
      .description('run Nunchi with its chat page until Ctrl-C')
      .addHelpText('after', '\nExample:\n  $ PORT=8080 npm start')
      .action(async () => {
        const config = context.config();
        const app = parts.createApp(config, context);
        const asked = stopSignal();
        const started = await app.start();
        announce(context, started, {
          notConfigured: parts.notConfigured(config),
          untrained: parts.untrained(config),
        });
        await asked;
        context.stderr.write('Stopping; press Ctrl-C again to end at once.\n');
        let timer: NodeJS.Timeout | undefined;
        const deadline = new Promise<never>((_resolve, reject) => {
          timer = setTimeout(
            () => reject(new NunchiError('internal', 'Nunchi did not stop in time and was ended')),
            STOP_DEADLINE_MS,
          );
        });
        await Promise.race([app.stop(), deadline]).finally(() => clearTimeout(timer));
      });
  };
}
