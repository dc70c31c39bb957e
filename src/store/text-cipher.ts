// Texts at rest: AES-256-GCM with a random nonce, bound to their message so that two rows cannot be exchanged.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { NunchiError } from '../errors.js';

const ALGORITHM = 'aes-256-gcm';
/** First byte of every stored text, so that the format can change later. */
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** Format byte, nonce, tag, then the encrypted UTF-8 bytes; a lone surrogate becomes U+FFFD. */
export function encryptText(key: Buffer, messageId: string, text: string): Buffer<ArrayBuffer> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(
    Buffer.from(messageId),
  );
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), encrypted]);
}

/** @throws NunchiError `database-key` where the key is another one or the bytes were changed. */
export function decryptText(key: Buffer, messageId: string, stored: Uint8Array): string {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  try {
    if (bytes[0] !== FORMAT) throw new Error(`unknown format ${bytes[0]}`);
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(1, 1 + NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(messageId)).setAuthTag(bytes.subarray(1 + NONCE_BYTES, HEADER_BYTES));
    return decipher.update(bytes.subarray(HEADER_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch (error) {
    throw new NunchiError('database-key', `the text of message ${messageId} cannot be decrypted`, {
      hint: 'The key file and the database must belong together; put both back from the same backup.',
      cause: error,
    });
  }
}
