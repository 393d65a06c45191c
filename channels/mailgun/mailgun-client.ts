import Mailgun from 'mailgun.js';
import { MailgunAnswerError, networkError } from './mailgun.errors.js';

/** How to reach the account. */
export interface MailgunAccount {
  readonly apiKey: string;
  /** `https://api.mailgun.net` or `https://api.eu.mailgun.net`. */
  readonly url: string;
  /** From the first byte out to the last byte in. */
  readonly timeoutMs: number;
}

type MailgunClient = ReturnType<Mailgun['client']>;
type RequestProvider = MailgunClient['request']['requestProvider'];

const MAX_REASON = 500;

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}

function reasonIn(body: unknown, status: number): string {
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
  const text = typeof message === 'string' && message.trim() !== '' ? message.trim() : `HTTP ${String(status)}`;
  return text.slice(0, MAX_REASON);
}

/**
 * The transport below mailgun.js: its own turns network failures into `status: 400` and drops response headers, so it is replaced by one that
 * throws `MailgunAnswerError` for an answer and `MailgunNetworkError` for the lack of one. One request a call; redirects are not followed.
 */
function createTransport({ apiKey, timeoutMs }: MailgunAccount): RequestProvider {
  const authorization = `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`;
  return {
    makeRequest: async (url, method, data) => {
      // mailgun.js types this as the body itself, and passes {params, data}.
      const { params, data: form } = data as { params?: URLSearchParams; data?: FormData };
      const target = params === undefined ? url : `${url}?${params.toString()}`;
      let response;
      let text;
      try {
        response = await fetch(target, {
          method,
          headers: { authorization },
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
          ...(form === undefined ? {} : { body: form }),
        });
        text = await response.text();
      } catch (error) {
        throw networkError(error);
      }
      const body = parseBody(text);
      if (!response.ok)
        throw new MailgunAnswerError(response.status, reasonIn(body, response.status), response.headers.get('retry-after'));
      return { status: response.status, body };
    },
    setSubAccountHeader: () => undefined,
    resetSubAccountHeader: () => undefined,
  };
}

/** mailgun.js, with a transport that keeps the facts of a failure apart. */
export function createMailgunClient(account: MailgunAccount): MailgunClient {
  // Node's FormData is the DOM's in all that mailgun.js uses; the types differ in the constructor's parameters.
  const form = FormData as unknown as ConstructorParameters<typeof Mailgun>[0];
  const client = new Mailgun(form).client({ username: 'api', key: account.apiKey, url: account.url, timeout: account.timeoutMs });
  client.request.requestProvider = createTransport(account);
  return client;
}
