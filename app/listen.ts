import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EngineError } from '../contracts/errors.js';
import type { Config } from './config.js';

/** Listens, and answers the port, which the system chose when it was to be 0. Errors: `port_in_use`. */
export async function listenOn(server: Server, { host, port }: Pick<Config, 'host' | 'port'>): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((error: unknown) => {
    throw portInUse(error, { host, port });
  });
  return portOf(server);
}

/** The error of listening as people are to read it. */
export function portInUse(error: unknown, { host, port }: Pick<Config, 'host' | 'port'>): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE') return error;
  const message = `Expected port ${port} of ${host} to be free, found it in use; CEBE_PORT chooses another`;
  return new EngineError('port_in_use', message, { details: { host, port }, cause: error });
}

/** Of a TCP server that listens. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port; // a TCP server that listens has an AddressInfo
}
