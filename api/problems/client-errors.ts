import type { ConnectionError } from 'fastify';
import type { Socket } from 'node:net';
import { EngineError } from '../../contracts/errors.js';
import { traceIdOf } from '../trace.js';
import { problemOf } from './problem.js';

interface Reason {
  readonly status: number;
  readonly phrase: string;
  readonly detail: string;
}

const reasons: Readonly<Record<string, Reason>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    phrase: 'Request Timeout',
    detail: 'Expected the whole request within its time; a part of it did not come.',
  },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    phrase: 'Request Header Fields Too Large',
    detail: 'Expected a request line and headers of at most 16 KB together, found more.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    phrase: 'Payload Too Large',
    detail: 'Expected a chunked body without long extensions, found some.',
  },
};
const notHttp: Reason = {
  status: 400,
  phrase: 'Bad Request',
  detail: 'Expected a request in HTTP/1.1; it cannot be read as one.',
};

/** Answers what Node's parser refuses, before there is a request, with a problem document, too; the connection ends with it. */
export function answerClientError(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { status, phrase, detail } = reasons[error.code] ?? notHttp;
  const place = { instance: '', traceId: traceIdOf({ headers: {} }) };
  const body = JSON.stringify(problemOf(new EngineError('invalid_input', detail), place, status));
  const head = [
    `HTTP/1.1 ${String(status)} ${phrase}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy(error);
}
