// Whose corrections are trained, decided anew after one more correction: with what was read before remembered, against reading
// everything.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openHome } from '../src/home/home.js';
import { LABELS } from '../src/labels.js';
import { createTrust } from '../src/learn/trust/trust.js';
import { openStore } from '../src/store/open-store.js';
import type { Store } from '../src/store/store.js';
import { compare, type Bench } from './harness.js';

const AT_ONCE = 64;

/** Ten moderators of four communities; every fourth message has a second opinion. */
async function correct(store: Pick<Store, 'messages' | 'feedback'>, index: number): Promise<void> {
  const place = {
    platform: 'discord',
    communityId: `community-${index % 4}`,
    channelId: `channel-${index % 20}`,
  };
  const about = {
    personId: `person-${index % 500}`,
    author: 'person',
    inReplyTo: null,
    trainable: true,
  } as const;
  const text = `message ${index} about something or other, as long as people's messages are`;
  const { id } = await store.messages.add({ ...place, ...about, externalId: String(index), text });
  const label = LABELS[index % 3] ?? 'neutral';
  for (let opinion = 0; opinion <= Number(index % 4 === 0); opinion += 1) {
    const who = { messageId: id, platform: 'discord', personId: `moderator-${(index + opinion) % 10}` };
    await store.feedback.record({ ...who, moderator: true, emoji: '🟢', label, action: 'added' });
  }
}

async function rowOf(corrections: number) {
  const folder = await mkdtemp(path.join(tmpdir(), 'nunchi-bench-'));
  const { databaseFile: file, keyFile } = openHome(folder);
  const store = await openStore({ file, keyFile });
  try {
    let next = 0;
    async function writer(): Promise<void> {
      while (next < corrections) await correct(store, (next += 1));
    }
    await Promise.all(Array.from({ length: AT_ONCE }, writer));
    const base = { version: 'base', directory: '' };
    const remembering = createTrust({ store, base });
    await remembering.trusted();
    const decide = async (trust: Pick<typeof remembering, 'trusted'>) => {
      await correct(store, (next += 1));
      const start = performance.now();
      await trust.trusted();
      return performance.now() - start;
    };
    return await compare({
      row: `${corrections} corrections`,
      unit: 'ms',
      better: 'lower',
      ours: { name: 'remembered', measure: () => decide(remembering) },
      peer: { name: 'everything', measure: () => decide(createTrust({ store, base })) },
    });
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
}

export const bench: Bench = {
  about: 'a trust decision after one more correction, what was said before remembered or read again',
  async run() {
    return [await rowOf(1_000), await rowOf(10_000)];
  },
};
