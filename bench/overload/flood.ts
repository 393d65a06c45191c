import { Agent, request } from 'node:http';

/** Requests that push events, and what came back. */
export interface Flood {
  readonly accepted: number;
  readonly refused: number;
  /** Requests by another status, or by how the connection broke. */
  readonly others: Readonly<Record<string, number>>;
  /** Requests that were due while all connections waited for an answer. */
  readonly skipped: number;
  /** Events accepted so far while requests were still being begun. */
  readonly acceptedMeanwhile: number;
  /** From sending a request to its answer, in ms. */
  readonly refusalTimes: readonly number[];
  readonly acceptTimes: readonly number[];
  /** Of the last accepted request. */
  readonly position: string;
  /** So many senders, each as fast as it is answered, until so many seconds have passed or so many events were made. */
  closedLoop(senders: number, until: { readonly seconds: number } | { readonly events: number }): Promise<void>;
  /** Opens all connections. */
  connect(): Promise<void>;
  /** So many requests a second, whatever comes back; resolves when all are answered. */
  openLoop(requestsASecond: number, seconds: number): Promise<void>;
}

export interface FloodOptions {
  readonly url: string;
  readonly key: string;
  readonly batch: number;
  /** Begins the message ids. */
  readonly prefix: string;
}

/** How many people the events are about, in turn; known before the flood; the bench sends one event for each. */
export const CUSTOMERS = 20_000;
/** All are open before the flood: Node takes in one new connection each turn of its event loop, which would measure that instead. */
const CONNECTIONS = 400;
const TICK_MS = 5;

/** A sender that is not polite: it never waits after a 429. */
export function createFlood({ url, key, batch, prefix }: FloodOptions): Flood {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, scheduling: 'lifo' });
  const tally = { accepted: 0, acceptedMeanwhile: 0, refused: 0, skipped: 0, position: '' };
  const others: Record<string, number> = {};
  const [refusalTimes, acceptTimes]: [number[], number[]] = [[], []];
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const at = new Date().toISOString();
  let made = 0;
  let waiting = 0;

  const body = (): string => {
    const events: string[] = [];
    for (let left = batch; left > 0; left -= 1) {
      made += 1;
      const who = (made * 7919) % CUSTOMERS;
      events.push(
        `{"type":"order_created","message_id":"${prefix}${String(made)}","customer":{"qontak_customer_id":"k${String(who)}"},` +
          `"properties":{"order_id":"o${String(made)}","amount":"19.90","currency":"USD","created_at":"${at}","note":"x","shop":"y"}}`,
      );
    }
    return `{"events":[${events.join(',')}]}`;
  };

  function note(status: number, text: string, ms: number): void {
    if (status === 429) {
      tally.refused += 1;
      refusalTimes.push(ms);
    } else if (status === 200) {
      tally.accepted += text.split('"status":"accepted"').length - 1;
      tally.position = /"position":"([^"]+)"\}$/.exec(text)?.[1] ?? tally.position;
      acceptTimes.push(ms);
    } else count(String(status));
  }

  function count(what: string): void {
    others[what] = (others[what] ?? 0) + 1;
  }

  function send(payload: string): Promise<void> {
    waiting += 1;
    return new Promise<void>((resolve) => {
      const sentAt = performance.now();
      const outgoing = request(`${url}/v1/events`, {
        method: 'POST',
        agent,
        headers: { ...headers, 'content-length': payload.length },
      });
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        count(error.code ?? error.name);
        resolve();
      });
      outgoing.once('response', (response) => {
        const ms = performance.now() - sentAt;
        const chunks: string[] = [];
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => chunks.push(chunk));
        response.once('end', () => {
          note(response.statusCode ?? 0, chunks.join(''), ms);
          resolve();
        });
      });
      outgoing.end(payload);
    }).finally(() => {
      waiting -= 1;
    });
  }

  return {
    get accepted() {
      return tally.accepted;
    },
    get acceptedMeanwhile() {
      return tally.acceptedMeanwhile;
    },
    get refused() {
      return tally.refused;
    },
    get skipped() {
      return tally.skipped;
    },
    get position() {
      return tally.position;
    },
    others,
    refusalTimes,
    acceptTimes,
    async closedLoop(senders, limit) {
      const until = 'seconds' in limit ? performance.now() + limit.seconds * 1000 : Infinity;
      const most = 'events' in limit ? made + limit.events : Infinity;
      const sender = async (): Promise<void> => {
        do await send(body());
        while (performance.now() < until && made < most);
      };
      await Promise.all(Array.from({ length: senders }, sender));
    },
    async connect() {
      await Promise.all(Array.from({ length: CONNECTIONS }, () => send('{"events":[]}')));
      acceptTimes.length = 0;
    },
    async openLoop(requestsASecond, seconds) {
      const startedAt = performance.now();
      const sent: Promise<void>[] = [];
      let due = 0;
      while (performance.now() - startedAt < seconds * 1000) {
        for (const now = ((performance.now() - startedAt) / 1000) * requestsASecond; due < now; due += 1) {
          if (waiting >= CONNECTIONS) tally.skipped += 1;
          else sent.push(send(body()));
        }
        await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      }
      tally.acceptedMeanwhile = tally.accepted;
      await Promise.all(sent);
    },
  };
}
