// How well a model predicts masked tokens and next sentences on texts held out: loss and accuracy of both.
import { pretrainingShapes, type BertConfig } from '../../bert/config.js';
import { predictMasked, predictNextSentence } from '../../bert/heads.js';
import { encode, pool } from '../../bert/model.js';
import type { Weights } from '../../bert/weights.js';
import { fixedDimensions } from '../../onnx/classifier-graph.js';
import { loadRuntime } from '../../onnx/runtime.js';
import { chooseMarkers } from '../../onnx/symbolic.js';
import { trace } from '../../onnx/trace.js';
import type { TrainingBatch } from '../engine.js';

export interface PretrainingMetrics {
  /** Mean cross-entropy in nats. */
  maskedLoss: number;
  /** 0 to 1 */
  maskedAccuracy: number;
  /** Absent where no text has two segments. */
  nextSentenceLoss?: number;
  /** 0 to 1 */
  nextSentenceAccuracy?: number;
}

export interface PretrainingEvaluator {
  evaluate(weights: Weights): Promise<PretrainingMetrics>;
  dispose(): Promise<void>;
}

/** Both heads without dropout; weights are inputs. Outputs `masked` `[rows, vocabulary]` and `next` `[batch, 2]`. */
function exportHeads(config: BertConfig): Uint8Array {
  const [length, batch, rows] = chooseMarkers([config.maxPositions, 251, 509], fixedDimensions(config)) as [
    number,
    number,
    number,
  ];
  const tokens = ['input_ids', 'attention_mask', 'token_type_ids'];
  return trace({
    name: 'bert-pretraining-heads',
    axes: [
      { name: 'batch', marker: batch, input: 'input_ids', dimension: 0 },
      { name: 'length', marker: length, input: 'input_ids', dimension: 1 },
      { name: 'rows', marker: rows, input: 'masked_positions', dimension: 0 },
    ],
    inputs: [
      ...tokens.map((name) => ({ name, type: 'int32' as const, shape: [batch, length] })),
      { name: 'masked_positions', type: 'int32' as const, shape: [rows] },
      ...[...pretrainingShapes(config)].map(([name, shape]) => ({ name, type: 'float32' as const, shape })),
    ],
    body: (t) => {
      const inputs = {
        inputIds: t['input_ids']!,
        attentionMask: t['attention_mask']!,
        tokenTypeIds: t['token_type_ids']!,
      };
      const hidden = encode(t, config, inputs);
      return {
        masked: predictMasked(t, config, hidden, t['masked_positions']!),
        next: predictNextSentence(t, pool(t, config, inputs, hidden)),
      };
    },
  });
}

/** Cross-entropy and hits of rows of logits against classes. */
class Tally {
  private loss = 0;
  private correct = 0;
  private count = 0;

  add(logits: Float32Array, width: number, row: number, target: number): void {
    const own = logits.subarray(row * width, (row + 1) * width);
    let largest = -Infinity;
    let best = 0;
    own.forEach((value, at) => {
      if (value > largest) [largest, best] = [value, at];
    });
    let sum = 0;
    for (const value of own) sum += Math.exp(value - largest);
    this.loss += largest + Math.log(sum) - (own[target] as number);
    this.correct += best === target ? 1 : 0;
    this.count += 1;
  }

  /** @returns null where nothing was added */
  means(): { loss: number; accuracy: number } | null {
    const { count } = this;
    return count === 0 ? null : { loss: this.loss / count, accuracy: this.correct / count };
  }
}

/** @param batches with their masks drawn once, so that every evaluation asks the same */
export async function openPretrainingEvaluator(
  config: BertConfig,
  batches: readonly TrainingBatch[],
  threads: number,
): Promise<PretrainingEvaluator> {
  const runtime = await loadRuntime();
  const session = await runtime.InferenceSession.create(exportHeads(config), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableMemPattern: false,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  return {
    async evaluate(weights) {
      const fixed = Object.fromEntries(
        [...pretrainingShapes(config)].map(([name, shape]) => {
          const data = weights.get(name)?.data;
          if (data === undefined) throw new Error(`the model has no weight ${name}`);
          return [name, new runtime.Tensor('float32', data, shape)];
        }),
      );
      const masked = new Tally();
      const next = new Tally();
      for (const { batch, length, tokens, inputs } of batches) {
        const positions = inputs['masked_positions'] as Int32Array;
        const dims = [batch, length];
        const outputs = await session.run({
          ...fixed,
          ...Object.fromEntries(
            Object.entries(tokens).map(([name, data]) => [name, new runtime.Tensor('int32', data, dims)]),
          ),
          masked_positions: new runtime.Tensor('int32', positions, [positions.length]),
        });
        const maskedLogits = outputs['masked']?.data as Float32Array;
        (inputs['masked_ids'] as Int32Array).forEach((id, row) => {
          masked.add(maskedLogits, config.vocabularySize, row, id);
        });
        const nextLogits = outputs['next']?.data as Float32Array;
        (inputs['next_sentence_weights'] as Float32Array).forEach((weight, row) => {
          if (weight > 0) next.add(nextLogits, 2, row, (inputs['next_sentence'] as Int32Array)[row] ?? 0);
        });
      }
      const [maskedMeans, nextMeans] = [masked.means(), next.means()];
      return {
        maskedLoss: maskedMeans?.loss ?? Number.NaN,
        maskedAccuracy: maskedMeans?.accuracy ?? Number.NaN,
        ...(nextMeans === null
          ? {}
          : { nextSentenceLoss: nextMeans.loss, nextSentenceAccuracy: nextMeans.accuracy }),
      };
    },
    dispose: () => session.release(),
  };
}
