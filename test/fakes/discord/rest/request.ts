// A request as the routes see it: path parameters, query, JSON body, and files of a multipart form.
import { RESTJSONErrorCodes as Code } from 'discord-api-types/v10';
import type { IncomingMessage } from 'node:http';
import { refuse } from '../errors.js';

export interface UploadedFile {
  /** The number in `files[0]`, by which `attachments` of the body describe it. */
  key: string;
  name: string;
  type: string;
  content: Buffer;
}

export interface RestRequest {
  method: string;
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  /** Of whatever shape the client sent. */
  body: unknown;
  files: UploadedFile[];
}

export interface RestResponse {
  status: number;
  body?: unknown;
}

export const noContent: RestResponse = { status: 204 };
export const ok = (body: unknown): RestResponse => ({ status: 200, body });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw refuse(Code.RequestBodyContainsInvalidJSON);
  }
}

async function parseForm(content: Buffer, type: string): Promise<Pick<RestRequest, 'body' | 'files'>> {
  const form = await new Response(new Uint8Array(content), { headers: { 'Content-Type': type } }).formData();
  const files: UploadedFile[] = [];
  const fields: Record<string, unknown> = {};
  for (const [name, value] of form.entries()) {
    if (typeof value === 'string') fields[name] = value;
    else {
      const key = /^files\[(\d+)\]$/.exec(name)?.[1] ?? name;
      files.push({
        key,
        name: value.name,
        type: value.type,
        content: Buffer.from(await value.arrayBuffer()),
      });
    }
  }
  const json = fields['payload_json'];
  return { body: typeof json === 'string' ? parseJson(json) : fields, files };
}

/** @throws DiscordError 50109 for a body that is not JSON. */
export async function readBody(request: IncomingMessage): Promise<Pick<RestRequest, 'body' | 'files'>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const content = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) return parseForm(content, type);
  return { body: content.length === 0 ? {} : parseJson(content.toString()), files: [] };
}
