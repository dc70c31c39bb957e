// Chat platforms that refuse Nunchi or cannot be reached do not keep the others from starting.
import { describe, expect, it } from 'vitest';
import { NunchiError } from '../src/errors.js';
import { startPlatforms } from '../src/start-platforms.js';
import { createFakePlatform } from './fakes/platform.js';

const LOGGER = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Its start fails with each of these first. */
function failing(name: string, ...failures: Error[]) {
  const platform = createFakePlatform(name);
  let starts = 0;
  let reached: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (reached = resolve));
  platform.start = () => {
    const failure = failures[starts];
    starts += 1;
    if (starts > failures.length) reached();
    return failure === undefined ? Promise.resolve() : Promise.reject(failure);
  };
  return { platform, over, starts: () => starts };
}

const refused = new NunchiError('platform-refused', 'Discord does not know the token', {
  hint: 'Make a new one',
});
const unreachable = new NunchiError('platform-unreachable', 'Slack cannot be reached');

describe('startPlatforms', () => {
  it('starts the others where one refuses, and says why', async () => {
    const started: string[] = [];
    const { platform } = failing('discord', refused);
    const platforms = await startPlatforms({
      platforms: [platform, createFakePlatform('web')],
      onStarted: ({ name }) => started.push(name),
      logger: LOGGER,
    });
    expect(started).toEqual(['web']);
    expect(platforms.warnings).toEqual(['Discord does not know the token. Make a new one']);
    await platforms.stop();
  });

  it('tries again what cannot be reached, and not what refuses', async () => {
    const started: string[] = [];
    const refusing = failing('discord', refused);
    const late = failing('slack', unreachable, unreachable);
    const platforms = await startPlatforms({
      platforms: [refusing.platform, late.platform],
      onStarted: ({ name }) => started.push(name),
      logger: LOGGER,
      retryAfterMs: [1],
    });
    expect(platforms.warnings).toContain('Slack cannot be reached');
    await late.over;
    await platforms.stop();
    expect(started).toEqual(['slack']);
    expect([refusing.starts(), late.starts()]).toEqual([1, 3]);
  });

  it('ends its tries when it is stopped', async () => {
    const { platform, starts } = failing('slack', unreachable, unreachable);
    const platforms = await startPlatforms({
      platforms: [platform],
      onStarted: () => undefined,
      logger: LOGGER,
      retryAfterMs: [1_000_000],
    });
    await platforms.stop();
    expect(starts()).toBe(1);
  });

  it('fails where a platform fails otherwise', async () => {
    const { platform } = failing('web', new NunchiError('port-in-use', 'Port 3000 is taken'));
    const starting = startPlatforms({ platforms: [platform], onStarted: () => undefined, logger: LOGGER });
    await expect(starting).rejects.toMatchObject({ code: 'port-in-use' });
  });
});
