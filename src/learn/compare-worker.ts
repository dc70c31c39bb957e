// The process that compares two models, so that the one that answers people stays free; it ends with its answer.
import { endWithParent } from '../process/end-with-parent.js';
import { serveRequests } from '../process/requests.js';
import { compareModels, type CompareOptions, type DirectoryDifference } from './compare-models.js';

/** A type, not an interface, because requests are looked up by kind (`Protocol`). */
export type CompareProtocol = {
  compare: { request: CompareOptions; response: DirectoryDifference };
};

endWithParent();

serveRequests<CompareProtocol>({ compare: (options) => compareModels(options) });
