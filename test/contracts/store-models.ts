// What every store does with model versions, deployments and training runs.
import { describe, expect, it } from 'vitest';
import { aCorrection, aMessage, type StoreBench } from './store.js';

export function modelContract(bench: StoreBench): void {
  const register = (version: string, parent: string | null = null) =>
    bench.store.models.register({
      version,
      directory: `/models/${version}`,
      parent,
      metrics: { accuracy: 0.86 },
    });

  describe('models', () => {
    it('registers versions, and the same one again with what changed', async () => {
      const { models } = bench.store;
      const base = await register('base');
      expect(base).toEqual({
        version: 'base',
        directory: '/models/base',
        parent: null,
        metrics: { accuracy: 0.86 },
        createdAt: bench.now(),
        taintedAt: null,
        purgedAt: null,
        purgeReason: null,
      });
      bench.advance(1000);
      const next = await register('next', 'base');
      expect(await models.list()).toEqual([next, base]);
      const moved = await models.register({ ...base, directory: '/elsewhere', metrics: null });
      expect(moved).toEqual({ ...base, directory: '/elsewhere', metrics: null });
      expect(await models.get('base')).toEqual(moved);
      expect(await models.get('unknown')).toBeNull();
    });

    it('moves champion and previous with each deployment and keeps the log', async () => {
      const { models } = bench.store;
      await register('a');
      await register('b', 'a');
      expect(await models.alias('champion')).toBeNull();
      expect(await models.deploy('a', 'first start')).toMatchObject({ version: 'a', previousVersion: null });
      expect(await models.alias('previous')).toBeNull();
      await models.deploy('b', 'better');
      expect((await models.alias('champion'))?.version).toBe('b');
      expect((await models.alias('previous'))?.version).toBe('a');
      await models.deploy('b', 'again');
      expect((await models.alias('previous'))?.version).toBe('a');
      await models.deploy('a', 'rolled back');
      expect((await models.alias('champion'))?.version).toBe('a');
      expect((await models.alias('previous'))?.version).toBe('b');
      const log = await models.deployments(3);
      expect(log.map(({ version, reason }) => [version, reason])).toEqual([
        ['a', 'rolled back'],
        ['b', 'again'],
        ['b', 'better'],
      ]);
    });

    it('leaves everything as it was when an unknown version is to be deployed', async () => {
      const { models } = bench.store;
      await register('a');
      await models.deploy('a', 'first start');
      await expect(models.deploy('unknown', 'mistake')).rejects.toMatchObject({ code: 'not-found' });
      expect((await models.alias('champion'))?.version).toBe('a');
      expect(await models.deployments(10)).toHaveLength(1);
    });

    it('names a challenger until it is deployed or the name is taken away', async () => {
      const { models } = bench.store;
      await register('a');
      await register('b', 'a');
      await models.setChallenger('b');
      expect((await models.alias('challenger'))?.version).toBe('b');
      await models.deploy('b', 'confirmed');
      expect(await models.alias('challenger')).toBeNull();
      await models.setChallenger('a');
      await models.setChallenger(null);
      expect(await models.alias('challenger')).toBeNull();
      await expect(models.setChallenger('unknown')).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  describe('the deployment log', () => {
    it('says which model was in use when, and how it came to be', async () => {
      const { models } = bench.store;
      await register('a');
      await register('b', 'a');
      const before = bench.now();
      bench.advance(1000);
      await models.deploy('a', 'first start', { kind: 'start' });
      const between = bench.now();
      bench.advance(1000);
      await models.deploy('b', 'better');
      bench.advance(1000);
      await models.deploy('a', 'too slow', { kind: 'automatic-rollback' });
      expect(await models.deployedAt(before)).toBeNull();
      expect(await models.deployedAt(between)).toMatchObject({ version: 'a', kind: 'start' });
      expect(await models.deployedAt(new Date(bench.now().getTime() - 1))).toMatchObject({
        version: 'b',
        kind: 'promotion',
        previousVersion: 'a',
      });
      expect(await models.deployedAt(bench.now())).toMatchObject({ kind: 'automatic-rollback' });
    });
  });

  describe('a purged model', () => {
    it('stays on record, is not deployed, and comes back when it is registered again', async () => {
      const { models } = bench.store;
      const model = await register('a');
      await models.purge('a', 'more than 10 newer ones');
      const purged = { ...model, purgedAt: bench.now(), purgeReason: 'more than 10 newer ones' };
      expect(await models.list()).toEqual([purged]);
      bench.advance(1000);
      await models.purge('a', 'again');
      expect(await models.get('a')).toEqual(purged);
      await expect(models.deploy('a', 'mistake')).rejects.toMatchObject({ code: 'model-withdrawn' });
      expect(await register('a')).toEqual(model);
      expect(await models.deploy('a', 'back')).toMatchObject({ version: 'a' });
    });
  });

  describe('receipts', () => {
    it('are kept per version and count while their label is the same', async () => {
      const { messages, feedback, receipts } = bench.store;
      const corrected = async (label: 'positive' | 'negative') => {
        const { id } = await messages.add(aMessage());
        await feedback.record(aCorrection(id, { label }));
        return id;
      };
      const [gained, lost, erased] = [
        await corrected('positive'),
        await corrected('negative'),
        await corrected('positive'),
      ];
      const all = [
        { messageId: gained, label: 'positive' as const, state: 'gained' as const },
        { messageId: lost, label: 'negative' as const, state: 'lost' as const },
        { messageId: erased, label: 'positive' as const, state: 'kept' as const },
      ];
      await receipts.save('b', all);
      expect(await receipts.of('b')).toEqual(all);
      expect(await receipts.of('a')).toEqual([]);
      expect(await receipts.count('b')).toEqual({ kept: 1, gained: 1, unsure: 0, lost: 1 });
      await feedback.record(aCorrection(lost, { emoji: '🟢', label: 'positive' }));
      await messages.eraseText(erased);
      expect(await receipts.count('b')).toEqual({ kept: 0, gained: 1, unsure: 0, lost: 0 });
      await receipts.save('b', all);
      expect((await receipts.of('b')).map(({ messageId }) => messageId)).toEqual([gained, lost]);
    });
  });

  describe('training runs', () => {
    it('follows a run from start to end', async () => {
      const { runs } = bench.store;
      const run = await runs.start({ trigger: 'page', corrections: 3, baseVersion: 'base' });
      expect(run).toEqual({
        id: run.id,
        state: 'running',
        trigger: 'page',
        startedAt: bench.now(),
        endedAt: null,
        corrections: 3,
        baseVersion: 'base',
        candidateVersion: null,
        report: null,
        reason: null,
      });
      bench.advance(1000);
      const report = { rule: 'non-inferiority', figures: [1, 0.5] };
      const ended = await runs.update(run.id, {
        state: 'kept',
        report,
        reason: 'worse',
        endedAt: bench.now(),
      });
      expect(ended).toEqual({ ...run, state: 'kept', report, reason: 'worse', endedAt: bench.now() });
      expect(await runs.update(run.id, { candidateVersion: 'next' })).toMatchObject({
        report,
        state: 'kept',
      });
      expect(await runs.get('unknown')).toBeNull();
      await expect(runs.update('unknown', { state: 'kept' })).rejects.toMatchObject({ code: 'not-found' });
    });

    it('lists the newest first and fails those that a dead process left running', async () => {
      const { runs } = bench.store;
      const first = await runs.start({ trigger: 'page', corrections: 1, baseVersion: 'base' });
      await runs.update(first.id, { state: 'promoted' });
      const second = await runs.start({ trigger: 'page', corrections: 1, baseVersion: 'base' });
      expect(await runs.failInterrupted('Nunchi was stopped')).toBe(1);
      expect(await runs.list(10)).toMatchObject([
        { id: second.id, state: 'failed', reason: 'Nunchi was stopped', endedAt: bench.now() },
        { id: first.id, state: 'promoted' },
      ]);
      expect(await runs.list(1)).toHaveLength(1);
      expect(await runs.failInterrupted('again')).toBe(0);
    });
  });
}
