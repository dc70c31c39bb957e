// The bot of the soak of nights: the app, its page and its jobs as they are started for real, on a clock that the parent sets
// and with a training that a tiny model takes something from. Says what it does over its channel; ends with SIGKILL or `stop`.
import { createWebPlatform } from '../../../dist/bots/web/platform.js';
import { createNightlyJob } from '../../../dist/jobs/nightly.js';
import { createRetentionJob } from '../../../dist/jobs/retention.js';
import { createApp } from '../../../dist/src/app.js';
import { loadConfig } from '../../../dist/src/config.js';
import { RUN_DEFAULTS } from '../../../dist/src/learn/run-settings.js';
import { loadReplay } from '../../../dist/src/learn/replay.js';
import { createLogger } from '../../../dist/src/log.js';
import { startTrainerWith } from '../../../dist/src/train/client.js';

/** What looks every ten minutes, or every hour, does so each second. */
const OFTEN = '* * * * * *';
let aheadMs = Number(process.argv[2]);
const now = () => new Date(Date.now() + aheadMs);
const config = loadConfig(process.env);
const logger = createLogger({ level: 'info', stream: process.stderr, pretty: false });
const app = createApp(
  config,
  {
    platforms: [createWebPlatform],
    jobs: [
      ({ store, deletions }) => ({
        name: 'retention',
        ...createRetentionJob({
          store,
          retentionDays: config.retentionDays,
          correctableHours: config.correctableHours,
          deletions,
          logger,
          now,
          cron: OFTEN,
        }),
      }),
      ({ night }) => ({ name: 'nightly', ...createNightlyJob({ night, logger, lookCron: OFTEN }) }),
    ],
    // At the priority of the others: it is waited for.
    startTrainer: (job, onMessage) => startTrainerWith({ priority: 0 }, { ...job, threads: 1 }, onMessage),
    now,
    learning: {
      settings: {
        few: { most: 10_000, epochs: 3, learningRate: 5e-3 },
        maxRepeats: 4,
        replay: { ...RUN_DEFAULTS.replay, size: 120 },
      },
      loadReplay: async () => {
        const replay = await loadReplay();
        return { ...replay, heldOut: replay.heldOut.slice(0, 120) };
      },
    },
  },
  logger,
);
const { address, services } = await app.start();
services.training.onEvent((event) => {
  if (event.type === 'status') process.send({ type: 'phase', phase: event.status.phase });
});

const ACTIONS = {
  clock: ({ ms }) => (aheadMs = ms),
  delete: ({ messageId }) => services.store.messages.eraseText(messageId),
};
process.on('message', async ({ type, request, ...rest }) => {
  if (type === 'stop') {
    await app.stop();
    process.disconnect();
    return;
  }
  await ACTIONS[type](rest);
  process.send({ type: 'done', request });
});
// Nobody is there any more to kill it.
process.on('disconnect', () => process.exit());
process.send({ type: 'ready', address });
