// How commands print: one JSON document, or aligned columns for people.
import type { CliContext } from './context.js';

export function printJson(context: Pick<CliContext, 'stdout'>, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printLines(context: Pick<CliContext, 'stdout'>, lines: readonly string[]): void {
  context.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** Columns padded to their widest cell; the last one is left as it is. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  }
  return rows.map((row) =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  '),
  );
}
