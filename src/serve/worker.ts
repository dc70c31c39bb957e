// The serving process: one model generation from load to end. Started by generation.ts, never by hand.
import { NunchiError } from '../errors.js';
import { endWithParent } from '../process/end-with-parent.js';
import { serveRequests } from '../process/requests.js';
import { createBatcher } from './batcher.js';
import { loadClassifier } from './classifier.js';
import { checkModel } from './model-check.js';
import type { ServeProtocol } from './protocol.js';
import { createReadingCache } from './reading-cache.js';

endWithParent();

let readings: ReturnType<typeof createReadingCache> | undefined;

serveRequests<ServeProtocol>({
  async load({ directory, threads, threshold }) {
    const classifier = await loadClassifier(directory, { threads, threshold });
    await checkModel(classifier);
    const batched = createBatcher((texts) => classifier.classify(texts));
    readings = createReadingCache(batched);
    return { version: classifier.version, engine: classifier.engine };
  },
  async classify(texts) {
    if (!readings) throw new NunchiError('serving-failed', 'The model is not loaded');
    return readings.read(texts);
  },
  forget() {
    readings?.clear();
    return Promise.resolve(null);
  },
});
