import type { RouteOptions } from 'fastify';
import type { Api } from './route-config.js';

/** One call, and what whoever makes it must hold: a scope, or `public`. */
export interface RouteAccess {
  readonly method: string;
  /** As the route has it: `/v1/segments/:id`. */
  readonly path: string;
  readonly access: string;
  /** Query parameters that need another scope as well: `mode=backfill` ▸ `ingest:backfill`. */
  readonly stricter: Readonly<Record<string, string>>;
}

const lists = new WeakMap<Api, RouteAccess[]>();

/** Remembers every route that is added from now on, for `routesOf`. */
export function listRoutes(api: Api): void {
  const routes: RouteAccess[] = [];
  lists.set(api, routes);
  api.addHook('onRoute', (route) => void routes.push(...accessesOf(route)));
}

/** Every route of an API that is ready; HEAD is left out, which every GET answers with the same access. */
export function routesOf(api: Api): readonly RouteAccess[] {
  const byPlace = (a: RouteAccess, b: RouteAccess): number => (`${a.path} ${a.method}` < `${b.path} ${b.method}` ? -1 : 1);
  return (lists.get(api) ?? []).filter(({ method }) => method !== 'HEAD').sort(byPlace);
}

function accessesOf({ method, url, config }: RouteOptions): readonly RouteAccess[] {
  const methods = Array.isArray(method) ? method : [method];
  // What is outside the guarded part (the pages that describe the API) names no access.
  const { access = 'public', stricter = {} } = config ?? {};
  return methods.map((one) => ({ method: one, path: url, access, stricter }));
}
