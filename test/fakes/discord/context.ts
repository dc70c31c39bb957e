// What the routes, the actions and the test's controls of one fake Discord share.
import type { Dispatch } from './events.js';
import type { GatewaySettings } from './gateway.js';
import type { Interactions } from './interactions.js';
import type { Sent } from './record.js';
import type { RestCounters } from './rest/counters.js';
import type { World } from './world.js';

export interface Context {
  world: World;
  dispatch: Dispatch;
  interactions: Interactions;
  sent: Sent;
  counters: RestCounters;
  settings: GatewaySettings;
  token: { value: string | null };
  /** Address of the server, `http://…`. */
  url: () => string;
  /** Something happened that a waiting test may look for. */
  changed: () => void;
}
