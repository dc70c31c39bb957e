// Makes a PNG of an SVG, in a process of its own for each one: in the bot, 400 pictures of resvg 2.6 one after the other
// took its memory from 57 to 390 MB, because what a picture holds is freed only when JavaScript happens to collect it.
import { childEntry } from '../paths.js';
import { forkChild } from '../process/fork-child.js';
import { createRequester } from '../process/requests.js';
import { NunchiError } from '../errors.js';

/** `draw` takes an SVG that needs no other files, and gives a PNG of its size. */
export type PictureProtocol = { draw: { request: string; response: Uint8Array } };

export type DrawPicture = (svg: string) => Promise<Buffer>;

const TIMEOUT_MS = 60_000;

/**
 * Draws one picture after the other, however many are asked for.
 * Its function throws NunchiError `internal` for what is no SVG, `process-ended` where the process ends or takes too long.
 */
export function createPictureDrawer(timeoutMs = TIMEOUT_MS): DrawPicture {
  let last: Promise<unknown> = Promise.resolve();
  return (svg) => {
    const picture = last.then(() => drawInProcess(svg, timeoutMs));
    last = picture.catch(() => undefined);
    return picture;
  };
}

async function drawInProcess(svg: string, timeoutMs: number): Promise<Buffer> {
  const child = forkChild(childEntry('src/report/picture-worker.ts'));
  const late = setTimeout(() => void child.stop(0), timeoutMs);
  try {
    return Buffer.from(await createRequester<PictureProtocol>(child).request('draw', svg));
  } catch (error) {
    if (!(error instanceof NunchiError) || error.code !== 'process-ended') throw error;
    throw new NunchiError('process-ended', 'The picture could not be drawn', {
      hint: 'Check free memory, then ask again.',
      cause: error,
    });
  } finally {
    clearTimeout(late);
    await child.stop();
  }
}
