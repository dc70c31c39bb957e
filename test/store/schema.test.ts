// The schemas follow from their one body, and the migrations make exactly the database that the schema describes.
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openHome } from '../../src/home/home.js';
import { Prisma } from '../../src/store/generated/sqlite/client.js';
import { readMigrations } from '../../src/store/migrate.js';
import { openStore } from '../../src/store/open-store.js';
import { composeSchema, DATABASES, schemaFile, staleSchemas } from '../../src/store/schema-files.js';
import { SQLITE_MIGRATIONS } from '../../src/store/sqlite.js';
import { temporaryFolders } from './temporary-home.js';

const nextFolder = temporaryFolders();

const COLUMN_TYPES: Record<string, string> = {
  String: 'TEXT',
  Int: 'INTEGER',
  Float: 'REAL',
  Boolean: 'BOOLEAN',
  DateTime: 'DATETIME',
  Bytes: 'BLOB',
};

interface TableShape {
  /** Name to type, 'null' where it may be null, 'key' for the primary key. */
  columns: Record<string, string>;
  /** 'unique a,b' or 'index a' */
  indexes: string[];
  /** 'column -> Table.column, action on delete' */
  references: string[];
}

const fieldsIn = (list: string) =>
  list
    .split(',')
    .map((field) => field.trim())
    .join(',');

/** What Prisma's own migrations would make of a model (https://www.prisma.io/docs/orm/reference/prisma-schema-reference). */
function describedBySchema(schema: string): Record<string, TableShape> {
  const shapes: Record<string, TableShape> = {};
  for (const [, model = '', body = ''] of schema.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)) {
    const shape: TableShape = { columns: {}, indexes: [], references: [] };
    for (const line of body.split('\n').map((text) => text.trim())) {
      const block = /^@@(unique|index)\(\[(.+?)\]\)/.exec(line);
      if (block) shape.indexes.push(`${block[1]} ${fieldsIn(block[2] ?? '')}`);
      const [, name = '', type = '', optional, rest = ''] =
        /^(\w+)\s+(\w+)(\?)?(?:\s+(.*))?$/.exec(line) ?? [];
      const column = COLUMN_TYPES[type];
      if (column !== undefined) {
        const key = rest.includes('@id') ? ' key' : '';
        shape.columns[name] = `${column}${optional === undefined ? '' : ' null'}${key}`;
        if (rest.includes('@unique')) shape.indexes.push(`unique ${name}`);
      }
      const relation = /@relation\(fields: \[(\w+)\], references: \[(\w+)\], onDelete: (\w+)\)/.exec(rest);
      if (relation) {
        shape.references.push(`${relation[1]} -> ${type}.${relation[2]}, ${relation[3]?.toUpperCase()}`);
      }
    }
    shape.indexes.sort();
    shapes[model] = shape;
  }
  return shapes;
}

type Row = Record<string, unknown>;

function madeByMigrations(file: string): Record<string, TableShape> {
  const database = new Database(file, { readonly: true });
  const rows = (pragma: string) => database.pragma(pragma) as Row[];
  const names = database
    .prepare<[], string>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '_prisma_migrations'`,
    )
    .pluck()
    .all();
  const shapes = names.map((table): [string, TableShape] => [
    table,
    {
      columns: Object.fromEntries<string>(
        rows(`table_info("${table}")`).map(({ name, type, notnull, pk }): [string, string] => [
          String(name),
          `${String(type)}${notnull === 1 ? '' : ' null'}${pk === 1 ? ' key' : ''}`,
        ]),
      ),
      indexes: rows(`index_list("${table}")`)
        .filter(({ origin }) => origin === 'c')
        .map(({ name, unique }) => {
          const columns = rows(`index_info("${String(name)}")`).map((column) => String(column['name']));
          return `${unique === 1 ? 'unique' : 'index'} ${columns.join(',')}`;
        })
        .sort(),
      references: rows(`foreign_key_list("${table}")`).map(
        (key) =>
          `${String(key['from'])} -> ${String(key['table'])}.${String(key['to'])}, ${String(key['on_delete'])}`,
      ),
    },
  ]);
  database.close();
  return Object.fromEntries(shapes);
}

describe('schema', () => {
  it('is up to date for every database (npm run -s schemas writes it)', () => {
    expect(staleSchemas()).toEqual([]);
  });

  it('has the same models for every database', () => {
    const [first, ...others] = DATABASES.map((provider) => describedBySchema(composeSchema(provider)));
    for (const other of others) expect(other).toEqual(first);
  });

  it('is what the migrations make', async () => {
    const home = openHome(nextFolder());
    await (await openStore({ file: home.databaseFile, keyFile: home.keyFile })).close();
    const described = describedBySchema(readFileSync(schemaFile('sqlite'), 'utf8'));
    expect(Object.keys(described).sort()).toEqual(Object.keys(Prisma.ModelName).sort());
    expect(madeByMigrations(home.databaseFile)).toEqual(described);
  });

  it('has no constraint that is checked at COMMIT only, where it would fail whoever is committed with it', () => {
    for (const { sql } of readMigrations(SQLITE_MIGRATIONS)) expect(sql).not.toMatch(/DEFERR/i);
  });
});
