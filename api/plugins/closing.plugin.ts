import type { Api } from '../route-config.js';

const LOOK_EVERY_MS = 50;

/**
 * Closing waits for requests in flight, and not for the connections that clients would keep open behind them: Node closes only those that
 * are idle at the moment when closing begins.
 */
export function closeWithoutLingering(api: Api): void {
  api.addHook('preClose', (done) => {
    const { server } = api;
    const timer = setInterval(() => server.closeIdleConnections(), LOOK_EVERY_MS);
    server.once('close', () => clearInterval(timer));
    // A server that never listened does not close.
    timer.unref();
    done();
  });
}
