// Holds a home until it is killed; says so on standard output, or prints the code of the error.
import { acquireHomeLock } from '../../../dist/src/home/home-lock.js';
import { openHome } from '../../../dist/src/home/home.js';

try {
  const lock = acquireHomeLock(openHome(process.argv[2] ?? ''));
  lock.publish({ version: '1.2.3', control: { host: '127.0.0.1', port: 4242, token: 'token' } });
  process.stdout.write('held\n');
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.stdout.write(`${error.code} ${error.message}\n`);
}
