// A JSON file in which an operator sets some of many numbers; the rest keep their defaults.
import type { z } from 'zod';
import { NunchiError } from './errors.js';

/**
 * What is given in the file; a setting that is not given is not there.
 * @param file named in errors
 * @param hint where the settings are explained
 * @throws NunchiError `invalid-config` naming the setting and what was wrong
 */
export function parseSettings<T>(schema: z.ZodType<T>, content: string, file: string, hint: string): T {
  let json: unknown;
  try {
    // Editors of Windows begin a file with a byte-order mark.
    json = JSON.parse(content.replace(/^\uFEFF/u, ''));
  } catch (error) {
    const where = error instanceof SyntaxError ? `: ${error.message}` : '';
    throw new NunchiError('invalid-config', `${file} is not JSON${where}`, { hint, cause: error });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return JSON.parse(JSON.stringify(parsed.data)) as T;
  const [issue] = parsed.error.issues;
  const name = issue?.path.join('.') ?? '';
  const message = `${file}: ${name === '' ? '' : `${name}: `}${issue?.message ?? 'invalid'}`;
  throw new NunchiError('invalid-config', message, { hint });
}
