import { z } from 'zod';
import { EngineError } from '../contracts/errors.js';
import { ApiProblem } from './api-problem.js';

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, with this media type. */
  readonly raw?: { readonly type: string; readonly content: string | Uint8Array<ArrayBuffer> };
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Speaks to one engine; every answer is checked with the schema that the caller expects. */
export interface HttpClient {
  readonly url: string;
  /**
   * The body of a 2xx answer. Throws ApiProblem for any other answer, and `engine_unreachable` when none comes. Nothing is tried again.
   */
  request<Answer>(method: string, path: string, schema: z.ZodType<Answer>, options?: RequestOptions): Promise<Answer>;
  /** The lines of an NDJSON answer as they come. Throws like `request`, and `engine_unreachable` when the answer breaks off. */
  lines<Line>(method: string, path: string, schema: z.ZodType<Line>, options?: RequestOptions): AsyncIterable<Line>;
}

const problemAnswer = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).default([]),
});

/** A client of the engine at `url`, with `key` as its credential. */
export function createHttpClient(url: string, key: string): HttpClient {
  const answerTo = async (method: string, path: string, options: RequestOptions): Promise<Response> => {
    const target = new URL(`${url}${path}`);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) target.searchParams.set(name, String(value));
    }
    const response = await send(target, { method, redirect: 'error', ...payload(options, key), ...cancellation(options) });
    if (!response.ok) throw problemOf(response, await readBody(response));
    return response;
  };
  return {
    url,
    async request(method, path, schema, options = {}) {
      const body = await readBody(await answerTo(method, path, options));
      return checked(schema, body, `${method} ${path}`);
    },
    async *lines(method, path, schema, options = {}) {
      const response = await answerTo(method, path, options);
      for await (const line of linesOf(response, options.signal)) {
        yield checked(schema, parseJson(line), `${method} ${path}`);
      }
    },
  };
}

function checked<Answer>(schema: z.ZodType<Answer>, body: unknown, call: string): Answer {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const message = `Expected an answer of another form to ${call}: is the engine of another version?`;
  throw new EngineError('internal', message, { cause: parsed.error });
}

async function* linesOf(response: Response, signal: AbortSignal | undefined): AsyncGenerator<string> {
  if (response.body === null) return;
  const chunks: AsyncIterable<Uint8Array> = response.body;
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of chunks) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => line.trim() !== '');
    }
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new EngineError('engine_unreachable', `The answer of ${new URL(response.url).origin} broke off.`, { cause: error });
  }
  if (rest.trim() !== '') yield rest;
}

async function send(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new EngineError('engine_unreachable', `Expected an engine at ${url.origin}; ${reasonOf(error)}.`, { cause: error });
  }
}

function payload(options: RequestOptions, key: string): Pick<RequestInit, 'headers' | 'body'> {
  const headers: Record<string, string> = { accept: 'application/json', authorization: `Bearer ${key}`, ...options.headers };
  if (options.raw !== undefined) return { headers: { ...headers, 'content-type': options.raw.type }, body: options.raw.content };
  if (options.body === undefined) return { headers };
  return { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(options.body) };
}

function cancellation({ signal }: RequestOptions): Pick<RequestInit, 'signal'> {
  return signal === undefined ? {} : { signal };
}

async function readBody(response: Response): Promise<unknown> {
  const text = await response.text();
  return /json/.test(response.headers.get('content-type') ?? '') ? parseJson(text) : text;
}

/** The value of a JSON text; other text as it is. */
function parseJson(text: string): unknown {
  try {
    // JSON.parse declares any; the schema of the caller decides.
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function problemOf(response: Response, body: unknown): ApiProblem {
  const { status } = response;
  const told = Number(response.headers.get('retry-after'));
  const retry = told > 0 ? { retryAfterS: told } : {};
  const parsed = problemAnswer.safeParse(body);
  if (!parsed.success)
    return new ApiProblem({ status, code: 'unknown', detail: `The engine answered ${status}.`, places: [], ...retry });
  const { code, detail, errors } = parsed.data;
  return new ApiProblem({ status, code, detail, places: errors, ...retry });
}

/** fetch hides the reason one level down. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return `found ${cause.code}`;
  return 'no answer came';
}
