// The arguments of a Web API call, from JSON, form fields, multipart or the query: all the same to a method.
import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.js';

export class Args {
  constructor(readonly values: Readonly<Record<string, unknown>>) {}

  /** A string, or undefined when it was not given or is empty. */
  text(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === 'string' && value !== ''
      ? value
      : typeof value === 'number'
        ? String(value)
        : undefined;
  }

  /** Throws `invalid_arguments` when it was not given. */
  required(name: string, error = 'invalid_arguments'): string {
    const value = this.text(name);
    if (value !== undefined) return value;
    throw new ApiError(error, {
      response_metadata: { messages: [`[ERROR] missing required field: ${name}`] },
    });
  }

  flag(name: string): boolean {
    return ['true', '1', 1, true].includes(this.values[name] as string | number | boolean);
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  /** A structure, which form fields carry as JSON. Throws `error` when it is none. */
  json(name: string, error: string): unknown {
    const value = this.values[name];
    if (typeof value !== 'string') return value ?? undefined;
    if (value === '') return undefined;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      throw new ApiError(error);
    }
  }

  list(name: string): string[] {
    const value = this.values[name];
    if (Array.isArray(value)) return value.map(String);
    return (this.text(name) ?? '').split(',').filter((part) => part !== '');
  }
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Form fields of a multipart body. */
export const readForm = (body: Buffer, contentType: string): Promise<FormData> =>
  new Response(new Uint8Array(body), { headers: { 'Content-Type': contentType } }).formData();

export async function readArgs(request: IncomingMessage, body: Buffer): Promise<Args> {
  const query = new URL(request.url ?? '/', 'http://fake').searchParams;
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) {
    let value: unknown;
    try {
      value = JSON.parse(body.toString('utf8') || '{}');
    } catch {
      throw new ApiError('invalid_json');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new ApiError('json_not_object');
    // A token counts in the header only when the body is JSON.
    const { token: _, ...rest } = value as Record<string, unknown>;
    return new Args({ ...Object.fromEntries(query), ...rest });
  }
  const fields = type.startsWith('multipart/form-data')
    ? [...(await readForm(body, type))].filter(([, value]) => typeof value === 'string')
    : [...new URLSearchParams(body.toString('utf8'))];
  return new Args(Object.fromEntries([...query, ...fields]));
}
