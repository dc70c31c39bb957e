// Dropout as multiplication by masks that are inputs of the training step: a pure function of seed and step, so that
// a resumed run repeats the masks of an unbroken one and every engine draws the same.
import type { BertConfig } from '../bert/config.js';
import type { Dropout, Rows } from '../bert/model.js';
import { tf, type Tensor } from '../onnx/tfjs.js';

/** One place where dropout applies; its mask is an input of this name. */
export interface DropoutSite {
  name: string;
  kind: keyof Dropout;
  rate: number;
  shape: number[];
}

/**
 * The places in the order in which the model calls dropout, for the given sizes; those of rate 0 are left out.
 * @param lastLayer the rows that the encoder's last layer computes
 */
export function dropoutSites(
  config: BertConfig,
  batch: number,
  length: number,
  lastLayer: Rows,
): DropoutSite[] {
  const sites: DropoutSite[] = [];
  const hidden = (name: string, rows = batch * length) =>
    sites.push({ name, kind: 'hidden', rate: config.hiddenDropout, shape: [rows, config.hiddenSize] });
  hidden('dropout.embeddings');
  for (let layer = 0; layer < config.layers; layer += 1) {
    const queries = layer === config.layers - 1 && lastLayer === 'first' ? 1 : length;
    const shape = [batch, config.heads, queries, length];
    sites.push({
      name: `dropout.${layer}.attention`,
      kind: 'attention',
      rate: config.attentionDropout,
      shape,
    });
    hidden(`dropout.${layer}.attended`, batch * queries);
    hidden(`dropout.${layer}.output`, batch * queries);
  }
  const shape = [batch, config.hiddenSize];
  sites.push({ name: 'dropout.classifier', kind: 'classifier', rate: config.classifierDropout, shape });
  return sites.filter((site) => site.rate > 0);
}

/** Dropout that takes the masks one after the other, each kind in its own order. */
export function maskedDropout(
  sites: readonly DropoutSite[],
  masks: Readonly<Record<string, Tensor>>,
): Dropout {
  const queues = { hidden: [] as Tensor[], attention: [] as Tensor[], classifier: [] as Tensor[] };
  for (const site of sites) queues[site.kind].push(masks[site.name] as Tensor);
  const apply = (kind: keyof Dropout) => (x: Tensor) => {
    const mask = queues[kind].shift();
    return mask === undefined ? x : tf.mul(x, mask);
  };
  return { hidden: apply('hidden'), attention: apply('attention'), classifier: apply('classifier') };
}

/**
 * Fills `mask` with 0 (dropped) and `1 / (1 - p)` (kept), where p is `rate` rounded to a 256th:
 * one random byte per element, from the sfc32 generator seeded with `seed`, `step` and `site`.
 */
export function fillMask(mask: Float32Array, rate: number, seed: number, step: number, site: number): void {
  const dropped = Math.max(1, Math.round(rate * 256));
  const values = new Float32Array(256).fill(256 / (256 - dropped)).fill(0, 0, dropped);
  let [a, b, c, d] = [seed | 0, step | 0, site | 0, 1];
  const warmUp = 12;
  for (let i = -4 * warmUp; i < mask.length; i += 4) {
    // sfc32 (Chris Doty-Humphrey, PractRand)
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    if (i < 0) continue;
    // Writes past the end of a typed array are ignored.
    mask[i] = values[t & 255] as number;
    mask[i + 1] = values[(t >>> 8) & 255] as number;
    mask[i + 2] = values[(t >>> 16) & 255] as number;
    mask[i + 3] = values[t >>> 24] as number;
  }
}
