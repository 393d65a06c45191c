import { Analytics as CustomerIo } from '@customerio/cdp-analytics-node';
import RudderStack from '@rudderstack/rudder-sdk-node';
import { Analytics as Segment } from '@segment/analytics-node';

/** What the tests send: the calls of the Segment protocol. */
export type ClientCall =
  | {
      readonly kind: 'identify';
      readonly userId: string;
      readonly anonymousId?: string;
      readonly traits: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'track';
      readonly userId: string;
      readonly event: string;
      readonly properties?: Record<string, string | number>;
    }
  | { readonly kind: 'page' | 'screen'; readonly anonymousId: string; readonly name: string }
  | { readonly kind: 'group'; readonly userId: string; readonly groupId: string }
  | { readonly kind: 'alias'; readonly userId: string; readonly previousId: string };

/** An unmodified event client from npm. */
export interface EventClient {
  /** Resolves when the client says that the engine took the call; rejects when it gave up. */
  send(call: ClientCall): Promise<void>;
  close(): Promise<void>;
}

/** Where the clients push: the engine's address, and a key of it. */
export interface ClientTarget {
  readonly url: string;
  readonly key: string;
}

type Done = (error?: unknown) => void;

/** The clients, set as docs/how-to/push-from-segment-clients.md says. */
export const eventClients: readonly {
  readonly name: string;
  readonly short: string;
  readonly open: (target: ClientTarget) => EventClient;
}[] = [
  { name: '@segment/analytics-node', short: 'segment', open: openSegment },
  { name: '@rudderstack/rudder-sdk-node', short: 'rudderstack', open: openRudderStack },
  { name: '@customerio/cdp-analytics-node', short: 'customerio', open: openCustomerIo },
];

const FLUSH_MS = 20;
const AT_ONCE = 5;

function openSegment({ url, key }: ClientTarget): EventClient {
  const client = new Segment({ writeKey: key, host: url, flushAt: AT_ONCE, flushInterval: FLUSH_MS });
  return callbackClient(client, () => client.closeAndFlush());
}

/** Left to itself it gives up after three retries. */
function openCustomerIo({ url, key }: ClientTarget): EventClient {
  const client = new CustomerIo({
    writeKey: key,
    host: url,
    maxEventsInBatch: AT_ONCE,
    flushInterval: FLUSH_MS,
    maxRetries: 600,
  });
  return callbackClient(client, () => client.closeAndFlush());
}

/** Left to itself it gives up after three retries. It sends one batch after the other. */
function openRudderStack({ url, key }: ClientTarget): EventClient {
  const client = new RudderStack(key, {
    dataPlaneUrl: url,
    flushAt: AT_ONCE,
    flushInterval: FLUSH_MS,
    retryCount: 20,
    logLevel: 'none',
  });
  // Its types do not know that every call takes a callback.
  return callbackClient(client, () => client.flush().then(() => undefined));
}

/** What the three have in common. */
type CallbackClient = Readonly<Record<ClientCall['kind'], (call: never, done: Done) => unknown>>;

function callbackClient(client: CallbackClient, close: () => Promise<void>): EventClient {
  return {
    send: ({ kind, ...call }) =>
      new Promise((resolve, reject) => {
        // The union has just been taken apart: the call is of the kind.
        client[kind](call as never, (error) => {
          if (error === undefined || error === null) resolve();
          else reject(error instanceof Error ? error : new Error(JSON.stringify(error)));
        });
      }),
    close,
  };
}
