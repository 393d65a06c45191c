import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What the stand-in does with the next message. `times_out`: it keeps the connection and never answers. */
export type Behaviour =
  | { readonly kind: 'accept' }
  | { readonly kind: 'accept_then_drop' }
  | { readonly kind: 'accept_then_answer'; readonly status: number }
  | { readonly kind: 'drop' }
  | { readonly kind: 'times_out' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly message?: string;
      readonly retryAfter?: string;
      readonly raw?: string;
    };

/** A message that was taken. */
export interface AcceptedMessage {
  readonly id: string;
  readonly to: string;
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

/** An event to post to a webhook, or to find in the Events API. */
export type StandInEvent = Readonly<Record<string, unknown>>;

/** A local Mailgun: messages, events, signed callbacks; every trouble a network can make. */
export interface MailgunStandIn {
  readonly url: string;
  readonly domain: string;
  readonly apiKey: string;
  readonly signingKey: string;
  readonly accepted: readonly AcceptedMessage[];
  /** Requests to send, whatever came of them. */
  readonly attempts: number;
  /** The behaviours of the next messages, in order; after them everything is accepted. */
  next(...behaviours: readonly Behaviour[]): void;
  /** From now on each message is decided by this; `next` goes first. */
  decide(by: (fields: AcceptedMessage['fields']) => Behaviour): void;
  /** `hidden`: accepted messages are not in the Events API yet. `failing`: it answers 500. */
  events(state: 'visible' | 'hidden' | 'failing'): void;
  eventFor(message: AcceptedMessage, event: string, more?: StandInEvent): StandInEvent;
  signedBody(event: StandInEvent, at: number): Readonly<Record<string, unknown>>;
  postWebhook(url: string, event: StandInEvent, at?: number): Promise<Response>;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set, so chunks are buffers
  return Buffer.concat(chunks);
}

async function fieldsOf(request: IncomingMessage): Promise<Record<string, string[]>> {
  const encoded = new Response(await bodyOf(request), { headers: { 'content-type': request.headers['content-type'] ?? '' } });
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- discouraged for servers that strangers reach; this one reads our own client
  const form = await encoded.formData();
  const fields: Record<string, string[]> = {};
  for (const [name, value] of form) (fields[name] ??= []).push(typeof value === 'string' ? value : '(file)');
  return fields;
}

function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Starts a stand-in on a free port of this machine. */
export async function startMailgunStandIn(): Promise<MailgunStandIn> {
  const domain = 'mg.shop.example';
  const apiKey = `key-${randomUUID()}`;
  const signingKey = randomUUID();
  const accepted: AcceptedMessage[] = [];
  const queue: Behaviour[] = [];
  let decide: (fields: AcceptedMessage['fields']) => Behaviour = () => ({ kind: 'accept' });
  let eventState: 'visible' | 'hidden' | 'failing' = 'visible';
  let attempts = 0;

  function accept(fields: Record<string, string[]>): AcceptedMessage {
    const id = fields['h:Message-Id']?.[0] ?? `<${randomUUID()}@${domain}>`;
    const message = { id, to: fields['to']?.[0] ?? '', fields };
    accepted.push(message);
    return message;
  }

  function perform(behaviour: Behaviour, fields: Record<string, string[]>, response: ServerResponse): void {
    switch (behaviour.kind) {
      case 'accept':
        answer(response, 200, { id: accept(fields).id, message: 'Queued. Thank you.' });
        return;
      case 'accept_then_drop':
        accept(fields);
        response.destroy();
        return;
      case 'accept_then_answer':
        accept(fields);
        answer(response, behaviour.status, { message: 'internal error' });
        return;
      case 'drop':
        response.destroy();
        return;
      case 'times_out':
        return;
      case 'answer': {
        const headers = behaviour.retryAfter === undefined ? {} : { 'retry-after': behaviour.retryAfter };
        if (behaviour.raw === undefined) answer(response, behaviour.status, { message: behaviour.message ?? 'no' }, headers);
        else response.writeHead(behaviour.status, headers).end(behaviour.raw);
      }
    }
  }

  function eventFor(message: AcceptedMessage, event: string, more: StandInEvent = {}): StandInEvent {
    return {
      event,
      id: randomUUID(),
      timestamp: Date.now() / 1000,
      recipient: message.to,
      message: { headers: { 'message-id': message.id.replace(/^<|>$/g, ''), to: message.to } },
      'user-variables': { cebe_id: message.fields['v:cebe_id']?.[0] },
      tags: message.fields['o:tag'] ?? [],
      flags: { 'is-test-mode': false },
      ...more,
    };
  }

  function findEvents(query: URLSearchParams): readonly StandInEvent[] {
    const wanted = accepted.filter(
      ({ id, to }) =>
        id.includes(query.get('message-id') ?? '') && (query.get('recipient') ?? to).toLowerCase() === to.toLowerCase(),
    );
    return eventState === 'hidden' ? [] : wanted.map((message) => eventFor(message, 'accepted'));
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const authorized = request.headers.authorization === `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`;
    if (!authorized) answer(response, 401, { message: 'Invalid private key' });
    else if (request.method === 'POST' && url.pathname === `/v3/${domain}/messages`) {
      attempts += 1;
      const fields = await fieldsOf(request);
      perform(queue.shift() ?? decide(fields), fields, response);
    } else if (request.method === 'GET' && url.pathname === `/v3/${domain}/events`) {
      if (eventState === 'failing') answer(response, 500, { message: 'events are away' });
      else answer(response, 200, { items: findEvents(url.searchParams), paging: {} });
    } else answer(response, 404, { message: 'Domain not found' });
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  function signedBody(event: StandInEvent, at: number): Readonly<Record<string, unknown>> {
    const timestamp = String(Math.floor(at / 1000));
    const token = randomBytes(25).toString('hex');
    const signature = createHmac('sha256', signingKey).update(timestamp).update(token).digest('hex');
    return { signature: { timestamp, token, signature }, 'event-data': event };
  }

  return {
    url: `http://127.0.0.1:${String(port)}`,
    domain,
    apiKey,
    signingKey,
    accepted,
    get attempts() {
      return attempts;
    },
    next: (...behaviours) => void queue.push(...behaviours),
    decide: (by) => {
      decide = by;
    },
    events: (state) => {
      eventState = state;
    },
    eventFor,
    signedBody,
    postWebhook: (url, event, at = Date.now()) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(signedBody(event, at)),
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
