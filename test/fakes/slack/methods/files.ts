// Uploads in three steps: an address for a file, its bytes, and sharing it.
import { ApiError } from '../api-error.js';
import { readForm } from '../args.js';
import type { Core, File } from '../core.js';
import { fileJson } from '../shapes.js';
import { postAsBot } from './chat.js';
import { channelOf, joined, need, type Methods } from './method.js';

const MIME: Record<string, string> = {
  png: 'image/png',
  csv: 'text/csv',
  json: 'application/json',
  txt: 'text/plain',
};

export const mimeOf = (name: string) => MIME[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';

/** Takes a file's bytes, raw or as a form's first file; the HTTP status and text. */
export async function receiveUpload(core: Core, id: string, type: string, body: Buffer) {
  const upload = core.uploads.get(id);
  if (!upload) return { status: 404, text: 'Not found' };
  let bytes = body;
  if (type.startsWith('multipart/form-data')) {
    const [file] = [...(await readForm(body, type)).values()].filter((value) => typeof value !== 'string');
    bytes = file ? Buffer.from(await file.arrayBuffer()) : Buffer.alloc(0);
  }
  if (bytes.length !== upload.length) return { status: 400, text: 'The length is not the announced one' };
  upload.file.bytes = bytes;
  upload.received = true;
  core.changes.notify();
  return { status: 200, text: `OK - ${bytes.length}` };
}

function share(core: Core, wanted: unknown): File[] {
  if (!Array.isArray(wanted) || wanted.length === 0) throw new ApiError('invalid_arguments');
  const uploads = (wanted as { id?: string; title?: string }[]).map(({ id = '', title }) => {
    const upload = core.uploads.get(id);
    if (!upload?.received) throw new ApiError('file_not_found');
    return { ...upload, title };
  });
  return uploads.map(({ file, title }) => {
    core.uploads.delete(file.id);
    file.title = title ?? file.name;
    return file;
  });
}

export const fileMethods: Methods = {
  'files.getUploadURLExternal': {
    run(call) {
      need(call, 'files:write');
      const { core, args } = call;
      const name = args.required('filename');
      const length = args.number('length') ?? 0;
      if (!Number.isInteger(length) || length <= 0) throw new ApiError('invalid_arguments');
      const file: File = {
        id: core.newId('F'),
        name,
        title: name,
        mimetype: mimeOf(name),
        user: core.bot.id,
        created: Math.floor(core.clock.now() / 1000),
        bytes: Buffer.alloc(0),
      };
      core.uploads.set(file.id, { file, length, received: false });
      return { upload_url: `${core.url}/upload/v1/${file.id}`, file_id: file.id };
    },
  },

  'files.completeUploadExternal': {
    run(call) {
      need(call, 'files:write');
      const { core, args } = call;
      const id = args.text('channel_id');
      const channel = id === undefined ? undefined : joined(call, channelOf(call, 'channel_id'));
      const files = share(core, args.json('files', 'invalid_arguments'));
      const comment = args.text('initial_comment');
      const threadTs = args.text('thread_ts');
      if (channel) {
        const draft = { text: comment ?? '', files, ...(threadTs !== undefined && { threadTs }) };
        postAsBot(core, channel, draft, 'files');
      }
      for (const file of files)
        core.sent.files.push({
          file,
          ...(channel && { channel: channel.id }),
          ...(threadTs !== undefined && { threadTs }),
          ...(comment !== undefined && { comment }),
        });
      return { files: files.map((file) => fileJson(core, file, channel ? [channel] : [])) };
    },
  },
};
