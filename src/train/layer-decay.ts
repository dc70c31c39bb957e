// Lower learning rates for the layers nearer to the input, which a fine-tuning need change less.

/**
 * Factor on the learning rate of a weight: 1 for the head (pooler, classifier), `decay` for the top layer, one `decay` more
 * for each layer below it, `decay ** (layers + 1)` for the embeddings. This is the convention of BEiT's fine-tuning (Bao et
 * al. 2021, `beit/optim_factory.py`); that of ELECTRA (Clark et al. 2020, `_get_layer_lrs`) has one `decay` more in
 * everything below the head.
 * @param name of the weight, as in a Hugging Face checkpoint
 * @param layers of the encoder
 * @param decay 0 to 1; 1 gives every weight the same rate
 */
export function layerFactor(name: string, layers: number, decay: number): number {
  if (name.startsWith('bert.embeddings.')) return decay ** (layers + 1);
  const [, layer] = /^bert\.encoder\.layer\.(\d+)\./.exec(name) ?? [];
  return layer === undefined ? 1 : decay ** (layers - Number(layer));
}
