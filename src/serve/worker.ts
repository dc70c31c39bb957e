// The serving process: one model generation from load to end. Started by generation.ts, never by hand.
import { NunchiError } from '../errors.js';
import type { Reading } from '../labels.js';
import { endWithParent } from '../process/end-with-parent.js';
import { serveRequests } from '../process/requests.js';
import { createBatcher } from './batcher.js';
import { loadClassifier } from './classifier.js';
import { checkModel } from './model-check.js';
import type { ServeProtocol } from './protocol.js';
import { createReadingCache } from './reading-cache.js';

endWithParent();

let classify: ((texts: readonly string[]) => Promise<Reading[]>) | undefined;

serveRequests<ServeProtocol>({
  async load({ directory, threads, threshold }) {
    const classifier = await loadClassifier(directory, { threads, threshold });
    await checkModel(classifier);
    const batched = createBatcher((texts) => classifier.classify(texts));
    classify = createReadingCache(batched).read;
    return { version: classifier.version, engine: classifier.engine };
  },
  async classify(texts) {
    if (!classify) throw new NunchiError('serving-failed', 'The model is not loaded');
    return classify(texts);
  },
});
