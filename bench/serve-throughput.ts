// 5,000 different messages of NSMC's length distribution, no cache: Nunchi's classifier against transformers.js at its
// best batch size, both on the same exported file. Options: `fp32` or `q8`; both without any.
import { compare, type Bench, type Row } from './harness.js';
import {
  checkAgreement,
  exportedModel,
  nsmcTexts,
  openOurs,
  openPeer,
  PEER_SETTINGS,
  type Dtype,
  type Peer,
} from './serving-models.js';

const MESSAGES = 5_000;
const SWEEP_MESSAGES = 256;
const BATCH_SIZES = [1, 4, 16, 64];
/** As `nunchi evaluate` asks. */
const CHUNK = 2_048;

/** Messages a second. */
async function rate(
  texts: readonly string[],
  chunk: number,
  read: (texts: string[]) => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  for (let at = 0; at < texts.length; at += chunk) await read(texts.slice(at, at + chunk));
  return texts.length / ((performance.now() - start) / 1000);
}

async function bestBatch(directory: string, dtype: Dtype, texts: readonly string[]) {
  let best: { peer: Peer; size: number; rate: number } | undefined;
  for (const [setting, options] of PEER_SETTINGS) {
    const pipe = await openPeer(directory, dtype, options);
    await rate(texts.slice(0, 64), 8, (batch) => pipe(batch));
    let kept = false;
    for (const size of BATCH_SIZES) {
      const measured = await rate(texts, size, (batch) => pipe(batch));
      if (best !== undefined && measured <= best.rate) continue;
      if (!kept) await best?.peer.pipe.dispose();
      kept = true;
      best = {
        peer: { name: `transformers.js ${dtype}, ${setting}, batch ${size}`, pipe },
        size,
        rate: measured,
      };
    }
    if (!kept) await pipe.dispose();
  }
  if (best === undefined) throw new Error('no setting to try');
  return best;
}

async function rowOf(dtype: Dtype): Promise<Row> {
  const directory = await exportedModel('default');
  const texts = await nsmcTexts(MESSAGES);
  const { peer, size } = await bestBatch(directory, dtype, texts.slice(0, SWEEP_MESSAGES));
  const ours = await openOurs(directory, dtype);
  await checkAgreement(ours, peer, dtype, texts.slice(0, 50));
  const row = await compare({
    row: `${texts.length} messages, ${dtype}`,
    unit: 'messages/s',
    better: 'higher',
    ours: { name: ours.engine, measure: () => rate(texts, CHUNK, (chunk) => ours.classify(chunk)) },
    peer: { name: peer.name, measure: () => rate(texts, size, (batch) => peer.pipe(batch)) },
    goal: 2.5,
  });
  await ours.dispose();
  await peer.pipe.dispose();
  return row;
}

export const bench: Bench = {
  about: '5,000 messages, against transformers.js at its best batch size',
  async run(options) {
    const given = (['fp32', 'q8'] as const).filter((dtype) => options.includes(dtype));
    const rows: Row[] = [];
    for (const dtype of given.length > 0 ? given : (['fp32', 'q8'] as const)) rows.push(await rowOf(dtype));
    return rows;
  },
};
