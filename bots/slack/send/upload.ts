// Files: pictures of reports, exports of what is stored.
import type { Attachment } from '../../../src/chat/requests.js';
import type { WebClient } from '../api.js';
import { escapeText } from '../translate/text.js';

/** @param nonce in the file's name, where it must be found again: a file has no metadata */
export async function upload(
  client: WebClient,
  channelId: string,
  text: string,
  attachment: Attachment,
  nonce?: string,
): Promise<void> {
  const { name, content, description } = attachment;
  await client.files.uploadV2({
    channel_id: channelId,
    initial_comment: escapeText(text),
    file: Buffer.from(content, 'base64'),
    filename: nonce === undefined ? name : name.replace(/(\.[a-z]+)?$/, `-${nonce}$1`),
    title: name,
    alt_text: description,
  });
}
