// Where the Prisma CLI finds the schema. Nunchi itself reads none of this while it runs.
import { defineConfig } from 'prisma/config';

// The CLI fetches its schema engine even for commands that never start it, and fails where that host cannot be
// reached; naming any executable prevents it. Never for `migrate`: with a false engine it reports success and does nothing.
const COMMANDS_WITHOUT_ENGINE = ['generate', 'validate', 'format'];
if (process.argv.some((argument) => COMMANDS_WITHOUT_ENGINE.includes(argument))) {
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;
}

export default defineConfig({
  schema: 'prisma/sqlite/schema.prisma',
  migrations: { path: 'prisma/sqlite/migrations' },
});
