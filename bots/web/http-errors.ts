// Errors as JSON: {"error":{"code","message","hint"}} with the status that fits; nothing internal gets out.
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import { NunchiError, serializeError, type ErrorCode, type SerializedError } from '../../src/errors.js';
import type { Logger } from '../../src/log.js';
import { describeStoreError } from '../../src/store/describe-error.js';

const STATUS: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  usage: 400,
  'invalid-input': 400,
  'not-found': 404,
  forbidden: 403,
  busy: 503,
  'serving-failed': 503,
  'serving-stopped': 503,
  'training-running': 409,
  'not-enough-data': 409,
  'corrections-waiting': 409,
  'model-withdrawn': 409,
  'training-cancelled': 409,
  'disk-full': 507,
};
const RETRY_AFTER_SECONDS = 1;

function publicError(error: unknown): SerializedError {
  if (error instanceof NunchiError) return serializeError(error);
  const known = describeStoreError(error);
  if (known !== null) return known;
  return {
    code: 'internal',
    message: 'Something went wrong inside Nunchi',
    hint: 'The log of Nunchi says where; what was acknowledged before is kept.',
  };
}

export function errorResponse(c: Context, error: unknown, logger: Logger): Response {
  const body = publicError(error);
  const status = STATUS[body.code] ?? 500;
  if (status === 500) logger.error('request failed', { error });
  if (status === 503) c.header('Retry-After', String(RETRY_AFTER_SECONDS));
  return c.json({ error: body }, status);
}

/**
 * The request's JSON body, checked.
 * @throws NunchiError `invalid-input` naming the field.
 */
export async function jsonBody<T extends z.ZodRawShape>(
  c: Context,
  schema: z.ZodObject<T>,
): Promise<z.output<z.ZodObject<T>>> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new NunchiError('invalid-input', 'The body is not valid JSON', {
      hint: 'Check quotes and commas.',
      cause,
    });
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const fields = Object.keys(schema.shape).map((name) => `"${name}"`);
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw new NunchiError(
    'invalid-input',
    `${where === '' ? 'body' : where}: ${issue?.message ?? 'not as expected'}`,
    {
      hint: `Send a JSON object with ${fields.join(', ')}.`,
    },
  );
}
