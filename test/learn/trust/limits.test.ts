// One person's part of a training: how much of it at most, and that nothing is lost over it.
import { describe, expect, it } from 'vitest';
import { limitPeople } from '../../../src/learn/trust/limits.js';
import type { Admitted } from '../../../src/learn/trust/judge-corrections.js';
import { TRUST_DEFAULTS } from '../../../src/learn/trust/settings.js';
import { testimony } from './testimonies.js';

const LIMITS = { ...TRUST_DEFAULTS, perNight: 3, share: 0.5, sharePeople: 3 };
const by = (author: string, count: number, lone = true): Admitted[] =>
  Array.from({ length: count }, () => {
    return { testimony: testimony({ words: [`${author}:positive`] }), author, lone };
  });
const everything = () => true;

describe('limits of one person', () => {
  it('let so many new corrections into a night, the oldest first, and keep the rest', () => {
    const corrections = by('kim', 5);
    const { admitted, over } = limitPeople(corrections, everything, LIMITS);
    expect(admitted).toEqual(corrections.slice(0, 3));
    expect(over).toEqual(corrections.slice(3));
  });

  it('let the rest in on the nights that follow', () => {
    const corrections = by('kim', 7);
    const had = new Set<Admitted>();
    const nights = [1, 2, 3, 4].map(() => {
      const { admitted } = limitPeople(corrections, (one) => !had.has(one), LIMITS);
      for (const one of admitted) had.add(one);
      return admitted.length;
    });
    expect(nights).toEqual([3, 6, 7, 7]);
  });

  it('are of each person, and of nobody where several moderators agree', () => {
    const { over } = limitPeople(
      [...by('kim', 4), ...by('lee', 4), ...by('kim', 9, false)],
      everything,
      LIMITS,
    );
    expect(over.map(({ author }) => author)).toEqual(['kim', 'lee']);
  });

  it('keep one person from being more than their part, where there are others enough', () => {
    const known = by('kim', 4);
    const fresh = by('kim', 3);
    const isNew = (one: Admitted) => !known.includes(one);
    const all = [...known, ...fresh, ...by('lee', 3), ...by('park', 2)];
    const { admitted, over } = limitPeople(all, isNew, LIMITS);
    expect(over).toEqual(fresh.slice(1));
    expect(admitted.filter(({ author }) => author === 'kim').length / admitted.length).toBe(0.5);
    const two = [...known, ...fresh, ...by('lee', 1)];
    expect(limitPeople(two, isNew, LIMITS).over).toEqual([]);
    expect(limitPeople(all, isNew, { ...LIMITS, share: 1 }).over).toEqual([]);
  });

  it('take nothing back that was learned', () => {
    const known = by('kim', 40);
    const all = [...known, ...by('lee', 1), ...by('park', 1)];
    expect(limitPeople(all, (one) => !known.includes(one), LIMITS).over).toEqual([]);
  });
});
