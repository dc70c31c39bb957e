// A new model that does badly in its first minutes gives way to the one before, once, and it is written down and told.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAutomaticRollback, type AutomaticRollback } from '../../src/learn/automatic-rollback.js';
import { SILENT_LOGGER } from '../../src/log.js';
import type { Deployment } from '../../src/store/contracts/models.js';
import type { FakeModel } from '../fakes/serving.js';
import { BASE, createLearnFixture, type LearnFixture } from './learn-fixture.js';

const BETTER: FakeModel = { version: 'nunchi-better', read: () => 'positive' };
const LIMITS = { windowMs: 600_000, minRequests: 50, maxErrorRate: 0.02, p99Ms: 500, p99Times: 3 };

let fixture: LearnFixture;
let rollback: AutomaticRollback;
let told: Deployment[];
let stop: () => Promise<void>;

beforeEach(async () => {
  fixture = await createLearnFixture();
  told = [];
  rollback = createAutomaticRollback({ limits: LIMITS, logger: SILENT_LOGGER });
  stop = rollback.guard(fixture.registry, (deployment) => {
    told.push(deployment);
    return Promise.resolve();
  });
  await fixture.addModel(BETTER);
});
afterEach(async () => {
  await stop();
  await fixture.close();
});

function answers(version: string, count: number, failed: boolean): void {
  for (let i = 0; i < count; i += 1) {
    rollback.observe({ version, texts: 1, durationMs: 10, error: failed ? 'serving-failed' : null });
  }
}

it('rolls back with the reason in the log, tells it, and does not go back and forth', async () => {
  await fixture.registry.promote(BETTER.version, 'a night');
  answers(BETTER.version, 60, true);
  await stop();
  const [rolledBack] = await fixture.store.models.deployments(1);
  expect(rolledBack).toMatchObject({
    version: BASE.version,
    previousVersion: BETTER.version,
    kind: 'automatic-rollback',
    reason: 'rolled back automatically: 50 of its first 50 requests failed',
  });
  expect(told).toEqual([rolledBack]);
  expect(fixture.serving.model.version).toBe(BASE.version);
  // The one that it went back to fails as well: that is not the new model's doing.
  answers(BASE.version, 100, true);
  await stop();
  expect(await fixture.store.models.deployments(10)).toHaveLength(3);
});

it('leaves a good model alone, and one that a person goes back to', async () => {
  await fixture.registry.promote(BETTER.version, 'a night');
  answers(BETTER.version, 200, false);
  await fixture.registry.rollback('by hand');
  answers(BASE.version, 200, true);
  await stop();
  expect(told).toEqual([]);
  expect(fixture.serving.model.version).toBe(BASE.version);
  expect(await fixture.store.models.deployments(10)).toHaveLength(3);
});
