// A parent that a test kills: forks child.mjs, may block it, prints its process id.
const { forkChild } = await import(new URL('../../../dist/src/process/fork-child.js', import.meta.url));

const child = forkChild(new URL('child.mjs', import.meta.url));
child.process.once('message', () => {
  if (process.argv[2] === 'blocked') child.process.send({ requestId: 1, kind: 'block', payload: null });
  process.stdout.write(`${child.pid}\n`);
});
