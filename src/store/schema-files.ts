// The two Prisma schemas from their one body; run it to write them, or with --check to compare.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGE_ROOT } from '../paths.js';

export const DATABASES = ['sqlite', 'postgresql'] as const;
export type DatabaseProvider = (typeof DATABASES)[number];

const prismaFile = (...names: string[]) => path.join(PACKAGE_ROOT, 'prisma', ...names);

export function schemaFile(provider: DatabaseProvider): string {
  return prismaFile(provider, 'schema.prisma');
}

/** What the schema of `provider` must say. */
export function composeSchema(provider: DatabaseProvider): string {
  const header = readFileSync(prismaFile('headers', `${provider}.prisma`), 'utf8');
  const body = readFileSync(prismaFile('body.prisma'), 'utf8');
  return `// Generated from prisma/headers/${provider}.prisma and prisma/body.prisma; do not edit.\n${header}\n${body}`;
}

/** The files that differ from what their parts say. */
export function staleSchemas(): string[] {
  return DATABASES.filter(
    (provider) => readFileSync(schemaFile(provider), 'utf8') !== composeSchema(provider),
  ).map(schemaFile);
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const stale = staleSchemas();
    for (const file of stale) console.error(`${file} is out of date: npm run -s schemas writes it`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    for (const provider of DATABASES) writeFileSync(schemaFile(provider), composeSchema(provider));
  }
}
