// The process that explains readings of one model: started when somebody asks, ended when nobody does any more.
import { endWithParent } from '../process/end-with-parent.js';
import { serveRequests } from '../process/requests.js';
import { loadAttributor, type Attributor } from './attributor.js';
import type { ExplainProtocol } from './protocol.js';

endWithParent();

let loading: Promise<Attributor> | undefined;

serveRequests<ExplainProtocol>({
  async explain({ directory, threads, text, label }) {
    loading ??= loadAttributor(directory, { threads }).catch((error: unknown) => {
      // What cannot be loaded now may be there when it is asked for again.
      loading = undefined;
      throw error;
    });
    return (await loading).explain(text, label);
  },
});
