// Asks a model which words moved a reading: the attribution graph over a text, pieces joined into words.
import { openModelDirectory } from '../bert/model-directory.js';
import { NunchiError } from '../errors.js';
import type { Label } from '../labels.js';
import { ATTRIBUTION_POINTS, attributionOutput, exportAttribution } from '../onnx/attribution-graph.js';
import { loadRuntime } from '../onnx/runtime.js';
import type { Explanation, WordWeight } from './explanation.js';
import { encodeText } from './text-scores.js';

export interface Attributor {
  /** @param label what the text was read as, one of the model's labels */
  explain(text: string, label: Label): Promise<Explanation>;
}

/**
 * Works in float32, so that a text which int8 reads by a hair may be explained by a hair the other way.
 * @throws NunchiError what `openModelDirectory` throws, `engine-unavailable`
 */
export async function loadAttributor(directory: string, options: { threads: number }): Promise<Attributor> {
  const model = await openModelDirectory(directory);
  const { config, tokenizer } = model;
  const { InferenceSession, Tensor } = await loadRuntime();
  const graph = exportAttribution(config, await model.loadWeights());
  const session = await InferenceSession.create(graph, {
    intraOpNumThreads: options.threads,
    logSeverityLevel: 3,
  });
  const pieces = tokenizer.pieces();

  return {
    async explain(text, label) {
      const own = config.labels.indexOf(label);
      if (own === -1) throw new NunchiError('invalid-input', `The model has no label ${label}`);
      const { ids } = encodeText(tokenizer, config, text);
      const baseline = ids.map((id, i) => (i === 0 || i === ids.length - 1 ? id : tokenizer.maskId));
      const row = (values: number[]) =>
        new Tensor('int64', BigInt64Array.from(values.map(BigInt)), [1, ids.length]);
      const outputs = await session.run({ input_ids: row(ids), baseline_ids: row(baseline) });
      const numbers = (name: string) => outputs[name]?.data as Float32Array;

      const logits = numbers('logits').subarray((ATTRIBUTION_POINTS - 1) * config.labels.length);
      const rival = config.labels
        .map((_, index) => index)
        .filter((index) => index !== own)
        .reduce((best, other) => ((logits[other] ?? 0) > (logits[best] ?? 0) ? other : best));
      const [forLabel, forRival] = [own, rival].map((index) => numbers(attributionOutput(index)));
      const weights = ids.map((_, i) => (forLabel?.[i] ?? 0) - (forRival?.[i] ?? 0));
      const tokens = ids.map((id, i) => ({ id, weight: weights[i] ?? 0 })).slice(1, -1);
      const words = joinPieces(tokens.map(({ id, weight }) => ({ piece: pieces[id] ?? '', weight })));
      return { model: model.version, label, rival: config.labels[rival] as Label, words };
    },
  };
}

const CONTINUING = '##';

function joinPieces(tokens: readonly { piece: string; weight: number }[]): WordWeight[] {
  const words: WordWeight[] = [];
  for (const { piece, weight } of tokens) {
    const last = words.at(-1);
    if (piece.startsWith(CONTINUING) && last) {
      last.word += piece.slice(CONTINUING.length);
      last.weight += weight;
    } else {
      words.push({ word: piece, weight });
    }
  }
  return words.filter(({ word }) => !/^\[[A-Z]+\]$/.test(word));
}
