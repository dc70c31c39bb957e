// How commands print: one JSON document, or aligned columns for people.
import type { CliContext } from './context.js';

export function printJson(context: Pick<CliContext, 'stdout'>, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printLines(context: Pick<CliContext, 'stdout'>, lines: readonly string[]): void {
  context.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

export const percent = (part: number, whole = 1) =>
  whole === 0 ? '-' : `${((part / whole) * 100).toFixed(2)} %`;

/** A text of someone else's on one line: its control characters must not steer the terminal. */
export function printable(text: string): string {
  const shown = text.replace(/[\p{Cc}\p{Cf}\p{Cs}]+/gu, ' ').trim();
  return shown.length > 200 ? `${shown.slice(0, 200).toWellFormed()}…` : shown;
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
