// A child for the tests of src/process: answers, fails, dies, or hangs in code that takes no event.
const { endWithParent } = await import(
  new URL('../../../dist/src/process/end-with-parent.js', import.meta.url)
);
const { serveRequests } = await import(new URL('../../../dist/src/process/requests.js', import.meta.url));
const { NunchiError } = await import(new URL('../../../dist/src/errors.js', import.meta.url));

endWithParent();
serveRequests({
  echo: (value) => Promise.resolve(value),
  fail: () => Promise.reject(new NunchiError('busy', 'too much', { hint: 'Wait.' })),
  die: () => {
    process.stderr.write('last words\n');
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => {});
  },
  block: () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // for ever, as native code would
    return Promise.resolve(null);
  },
});
