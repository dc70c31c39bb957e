// Texts to token ids: Nunchi's tokenizer against that of transformers.js, on the shipped model's tokenizer.json.
import path from 'node:path';
import { AutoTokenizer, env } from '@huggingface/transformers';
import { openModelDirectory } from '../src/bert/model-directory.js';
import { compare, type Bench } from './harness.js';
import { exportedModel, nsmcTexts } from './serving-models.js';

const MESSAGES = 5_000;
/** Longer than any of the texts in tokens, so that both sides give every id. */
const MAX_TOKENS = 1_000;

function rate(texts: readonly string[], encode: (text: string) => unknown): Promise<number> {
  const start = performance.now();
  for (const text of texts) encode(text);
  return Promise.resolve(texts.length / ((performance.now() - start) / 1000));
}

export const bench: Bench = {
  about: '5,000 texts to token ids, against transformers.js',
  async run() {
    const directory = await exportedModel('default');
    const { tokenizer } = await openModelDirectory(directory);
    env.allowRemoteModels = false;
    env.localModelPath = path.dirname(directory) + path.sep;
    const peer = await AutoTokenizer.from_pretrained(path.basename(directory));
    const texts = await nsmcTexts(MESSAGES);
    for (const [index, text] of texts.entries()) {
      const own = tokenizer.encode(text, MAX_TOKENS).ids;
      if (own.join() !== peer.encode(text).join()) throw new Error(`text ${index} has other ids`);
    }
    return [
      await compare({
        row: `${texts.length} texts, same ids`,
        unit: 'texts/s',
        better: 'higher',
        ours: { name: 'nunchi', measure: () => rate(texts, (text) => tokenizer.encode(text, MAX_TOKENS)) },
        peer: { name: 'transformers.js', measure: () => rate(texts, (text) => peer.encode(text)) },
        goal: 0.95,
      }),
    ];
  },
};
