#!/usr/bin/env node
// The executable.
import { runCli } from '../src/cli/main.js';
import { COMMANDS } from './commands.js';

// A reader that has seen enough (`nunchi … | head`) closes the pipe; that is no failure, and there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCli(process.argv.slice(2), COMMANDS);
// Nothing should keep the process; a handle that does must not keep a terminal waiting.
setTimeout(() => process.exit(), 2000).unref();
