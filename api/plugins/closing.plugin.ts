import type { Socket } from 'node:net';
import type { Api } from '../route-config.js';

const LOOK_EVERY_MS = 50;

/**
 * Closing waits for requests in flight for `graceMs`, and for nothing else: Node closes only the connections that are idle at the moment
 * when closing begins, not those that become so later, nor those on which nothing was ever sent. What is not answered by then is cut off:
 * a caller who has stalled within a request, or does not read the answer, must not keep the engine from ending.
 */
export function closeWithoutLingering(api: Api, graceMs: number): void {
  const sockets = new Set<Socket>();
  api.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  api.addHook('preClose', (done) => {
    const timer = setInterval(() => {
      api.server.closeIdleConnections();
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    }, LOOK_EVERY_MS);
    const deadline = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, graceMs);
    api.server.once('close', () => {
      clearInterval(timer);
      clearTimeout(deadline);
    });
    // A server that never listened does not close.
    timer.unref();
    deadline.unref();
    done();
  });
}
