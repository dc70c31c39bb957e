#!/usr/bin/env node
// The executable.
import { runCli } from '../src/cli/main.js';
import { COMMANDS } from './commands.js';

process.exitCode = await runCli(process.argv.slice(2), COMMANDS);
// Nothing should keep the process; a handle that does must not keep a terminal waiting.
setTimeout(() => process.exit(), 2000).unref();
