import { Histogram, type Registry } from 'prom-client';
import type { Api } from '../route-config.js';

/** Logs and measures each request by its route: never its path, query or body, which may hold personal data. */
export function observeRequests(api: Api, metrics: Registry): void {
  const duration = new Histogram({
    name: 'cebe_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [metrics],
  });
  api.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? '(unknown)';
    const status = reply.statusCode;
    duration.observe({ method: request.method, route, status }, reply.elapsedTime / 1000);
    const quiet = status === 429 || (status < 400 && request.routeOptions.config.quiet === true);
    const line = {
      method: request.method,
      route,
      status,
      duration_ms: Math.round(reply.elapsedTime * 10) / 10,
      workspace: request.principal?.workspace,
      key_id: request.principal?.key_id,
    };
    request.log[quiet ? 'debug' : 'info'](line, 'http.request');
    done();
  });
}
