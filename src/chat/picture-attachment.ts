// A drawn picture as what is sent. Whatever it belongs to is said without it too.
import type { Logger } from '../log.js';
import type { Attachment } from './requests.js';

export interface Picture {
  /** Without an ending. */
  name: string;
  description: string;
  /** @returns a PNG */
  draw: () => Promise<Buffer>;
}

/** @returns null where it could not be drawn, which is logged */
export async function attachPicture(
  picture: Picture,
  logger: Pick<Logger, 'warn'>,
): Promise<Attachment | null> {
  try {
    const content = (await picture.draw()).toString('base64');
    return { name: `${picture.name}.png`, mediaType: 'image/png', content, description: picture.description };
  } catch (error) {
    logger.warn('a picture could not be drawn', { error });
    return null;
  }
}
