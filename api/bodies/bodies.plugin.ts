import { isUtf8 } from 'node:buffer';
import { gunzip } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { EngineError } from '../../contracts/errors.js';
import type { Api } from '../route-config.js';
import { parseBatchText, parseJsonText } from './json-text.js';

/** Event clients label JSON as any of these, and as nothing at all. */
const jsonTypes = /^(?:|text\/plain|application\/x-www-form-urlencoded|application\/(?:[\w.+-]+\+)?json)$/;
const ndjsonTypes = /^application\/(?:x-)?ndjson$/;

type Done = (error: Error | null, body?: unknown) => void;

/** Reads bodies as the route's `config.body` says, gzipped or not; the route's `bodyLimit` holds before and after inflating. */
export function readBodies(api: Api): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    if (request.is404) {
      done(null);
      return;
    }
    // `parseAs: 'buffer'` promises a Buffer; the type is wider.
    inflate(request, body as Buffer, (error, inflated) => {
      if (error !== null || inflated === undefined) done(error);
      else parseInto(done, () => parseBody(request, inflated));
    });
  });
}

function parseInto(done: Done, parse: () => unknown): void {
  let body: unknown;
  try {
    body = parse();
  } catch (error) {
    done(error as Error); // parseBody throws EngineErrors only
    return;
  }
  done(null, body);
}

function parseBody(request: FastifyRequest, body: Buffer): unknown {
  const wanted = request.routeOptions.config.body ?? 'json';
  if (wanted === 'raw') return body;
  const type = mediaType(request);
  const isLines = wanted === 'ndjson' && ndjsonTypes.test(type);
  if (!isLines && !jsonTypes.test(type)) {
    throw new EngineError(
      'media_type_unsupported',
      `Expected application/json${wanted === 'ndjson' ? ' or application/x-ndjson' : ''}, found ${type}.`,
    );
  }
  if (!isUtf8(body)) throw new EngineError('invalid_json', 'Expected text in UTF-8; the body has bytes that are not.');
  if (isLines) return body;
  if (wanted === 'form' && type === 'application/x-www-form-urlencoded') return formFields(body);
  const text = withoutByteOrderMark(body.toString('utf8'));
  return wanted === 'ndjson' || wanted === 'batch' ? parseBatchText(text) : parseJsonText(text);
}

function mediaType(request: FastifyRequest): string {
  const header = request.headers['content-type'] ?? '';
  return (header.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** The last of several values of a field counts. */
function formFields(body: Buffer): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function inflate(request: FastifyRequest, body: Buffer, done: (error: Error | null, inflated?: Buffer) => void): void {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') {
    done(null, body);
    return;
  }
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    done(new EngineError('media_type_unsupported', `Expected Content-Encoding gzip or none, found ${encoding}.`));
    return;
  }
  const limit = request.routeOptions.bodyLimit;
  // The limit stops a small body that inflates to a huge one.
  gunzip(body, { maxOutputLength: limit }, (error, inflated) => {
    if (error === null) done(null, inflated);
    else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      done(new EngineError('body_too_large', `Expected at most ${limit} bytes after inflating; the body holds more.`));
    } else
      done(
        new EngineError('invalid_json', 'Expected a gzip stream, as Content-Encoding says; the body is not one.', {
          cause: error,
        }),
      );
  });
}
