// Writes messages and corrections until it is killed; prints the id of each one after the store acknowledged it.
import { acquireHomeLock } from '../../../dist/src/home/home-lock.js';
import { openHome } from '../../../dist/src/home/home.js';
import { openStore } from '../../../dist/src/store/open-store.js';

const home = openHome(process.argv[2] ?? '');
acquireHomeLock(home);
const store = await openStore({ file: home.databaseFile, keyFile: home.keyFile });
for (let number = 0; ; number += 1) {
  const { id } = await store.messages.add({
    platform: 'web',
    communityId: 'local',
    channelId: 'page',
    externalId: `${process.pid}-${number}`,
    personId: 'person',
    author: 'person',
    inReplyTo: null,
    text: `written ${number}`,
    trainable: true,
  });
  process.stdout.write(`message ${id}\n`);
  await store.feedback.record({
    messageId: id,
    platform: 'web',
    personId: 'person',
    moderator: true,
    emoji: '🔴',
    label: 'negative',
    action: 'added',
  });
  process.stdout.write(`correction ${id}\n`);
}
