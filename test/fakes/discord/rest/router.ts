// Finds the route of a request; the route's template names it in limits, faults and counters.
import type { RestRequest, RestResponse } from './request.js';

export interface Route {
  method: 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT';
  /** Path below the version, such as `/channels/:channel/messages`. */
  template: string;
  /** Whether a token in the path, or none, is enough. */
  open?: boolean;
  answer(request: RestRequest): RestResponse;
}

export interface Match {
  route: Route;
  /** `METHOD template`. */
  name: string;
  params: Record<string, string>;
}

function match(template: string, path: string): Record<string, string> | null {
  const parts = path.split('/');
  const names = template.split('/');
  if (parts.length !== names.length) return null;
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? '';
    if (name.startsWith(':')) params[name.slice(1)] = decodeURIComponent(part);
    else if (name !== part) return null;
  }
  return params;
}

/** @returns The match, or the status for a path or method that is not there. Earlier routes win. */
export function findRoute(routes: readonly Route[], method: string, path: string): Match | 404 | 405 {
  let otherMethod = false;
  for (const route of routes) {
    const params = match(route.template, path);
    if (!params) continue;
    if (route.method === method) return { route, name: `${method} ${route.template}`, params };
    otherMethod = true;
  }
  return otherMethod ? 405 : 404;
}
