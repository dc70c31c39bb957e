// One message at a time: Nunchi's classifier in this process and its service with the process boundary, against
// transformers.js on the same exported file. Options: `default` or `base`, `fp32` or `q8`; all of them without any.
import { compare, quantile, type Bench, type Row } from './harness.js';
import { createSentimentService } from '../src/serve/sentiment-service.js';
import {
  bestPeer,
  checkAgreement,
  exportedModel,
  nsmcTexts,
  openOurs,
  type Dtype,
  type ModelSize,
} from './serving-models.js';

const GOALS: Record<ModelSize, number> = { default: 2, base: 1 / 0.9 };
const MESSAGES: Record<ModelSize, number> = { default: 200, base: 15 };

/** Median milliseconds of a message. */
async function latency(texts: readonly string[], read: (text: string) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (const text of texts) {
    const start = performance.now();
    await read(text);
    times.push(performance.now() - start);
  }
  return quantile(times, 0.5);
}

async function rowsOf(size: ModelSize, dtype: Dtype): Promise<Row[]> {
  const directory = await exportedModel(size);
  const texts = await nsmcTexts(MESSAGES[size]);
  const peer = await bestPeer(directory, dtype, async (pipe) => {
    await latency(texts.slice(0, 10), (text) => pipe(text));
    return latency(texts, (text) => pipe(text));
  });
  const peerSide = { name: peer.name, measure: () => latency(texts, (text) => peer.pipe(text)) };
  const ours = await openOurs(directory, dtype);
  await checkAgreement(ours, peer, dtype, texts.slice(0, 50));
  const rows = [
    await compare({
      row: `${size} ${dtype}, in the process`,
      unit: 'ms',
      better: 'lower',
      ours: { name: ours.engine, measure: () => latency(texts, (text) => ours.classify([text])) },
      peer: peerSide,
      goal: GOALS[size],
    }),
  ];
  await ours.dispose();
  if (size === 'default' && dtype === 'fp32') {
    const service = await createSentimentService({ directory, threshold: 0 });
    let turn = 0;
    const read = (text: string) => service.classify([`${text} ${(turn += 1)}`]);
    rows.push(
      await compare({
        row: `${size} ${dtype}, through the service`,
        unit: 'ms',
        better: 'lower',
        ours: { name: `${service.model.engine}, own process`, measure: () => latency(texts, read) },
        peer: peerSide,
        note: 'A number is put behind each text, so that no answer comes from the cache.',
      }),
    );
    await service.stop();
  }
  await peer.pipe.dispose();
  return rows;
}

export const bench: Bench = {
  about: 'p50 of one message at a time, against transformers.js',
  async run(options) {
    const asked = <T extends string>(all: readonly T[]) => {
      const given = all.filter((value) => options.includes(value));
      return given.length > 0 ? given : all;
    };
    const rows: Row[] = [];
    for (const size of asked(['default', 'base'] as const)) {
      for (const dtype of asked(['fp32', 'q8'] as const)) rows.push(...(await rowsOf(size, dtype)));
    }
    return rows;
  },
};
