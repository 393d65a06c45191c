import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ingestLimits } from '../../contracts/ingest.js';

/** Requests whose bodies are announced and never come: an engine that holds them takes no others. */
export interface HalfRequests {
  end(): void;
}

/** Bytes that they announce, the largest first, so that not even a small request finds room in the end. */
const SIZES = [ingestLimits.requestBytes, 128_000, 32_000, 8_000, 2_000, 100];
const OF_EACH = 8;

/** Sends the headers of requests for `POST /v1/events`. */
export async function sendHalfRequests(url: string, key: string): Promise<HalfRequests> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  for (const size of SIZES.flatMap((bytes) => Array.from({ length: OF_EACH }, () => bytes))) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(
      `POST /v1/events HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${size}\r\n\r\n{`,
    );
  }
  return {
    end() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
