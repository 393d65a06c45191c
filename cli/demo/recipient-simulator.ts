import { createHash, createHmac } from 'node:crypto';
import { listOutbox, readOutboxMessage, type OutboxMessage } from '../../channels/outbox/outbox.reader.js';
import { EngineError } from '../../contracts/errors.js';
import { MESSAGE_VARIABLE } from '../../channels/mail-headers.js';
import { behaviourOf, type Reaction } from './recipient-behaviour.js';

export interface SimulatorOptions {
  readonly engineUrl: string;
  readonly workspace: string;
  readonly runId: string;
  /** The outbox folder of the engine's data folder. */
  readonly outbox: string;
  /** Signs callbacks, as the provider would. */
  readonly webhookKey: string;
  readonly seed: string;
  readonly now: () => number;
  /** Called after each recipient with how many have reacted. */
  readonly onProgress: (done: number) => void;
}

/** What the recipients did. */
export type SimulatedCounts = Record<Reaction | 'recipients' | 'unsubscribed', number>;

const PAGE = 500;
const AT_ONCE = 16;

/** Lets every recipient of a run react over HTTP, as the provider and mail programs would: callbacks and one-click unsubscribes. */
export async function simulateRecipients(options: SimulatorOptions): Promise<SimulatedCounts> {
  const counts: SimulatedCounts = {
    recipients: 0,
    delivered: 0,
    failed: 0,
    opened: 0,
    clicked: 0,
    complained: 0,
    unsubscribed: 0,
  };
  const run = { workspace: options.workspace, run_id: options.runId };
  let after: string | undefined;
  for (;;) {
    const page = await listOutbox(options.outbox, run, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    const waiting = [...page];
    const worker = async (): Promise<void> => {
      for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
        const message = await readOutboxMessage(options.outbox, run, entry.name);
        if (message !== null) await react(message, options, counts);
        options.onProgress(counts.recipients);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    after = page.at(-1)?.name;
    if (page.length < PAGE) return counts;
  }
}

async function react(message: OutboxMessage, options: SimulatorOptions, counts: SimulatedCounts): Promise<void> {
  const { reactions, unsubscribes } = behaviourOf(options.seed, message.to);
  counts.recipients += 1;
  for (const [index, reaction] of reactions.entries()) {
    await post(`${options.engineUrl}/v1/webhooks/mailgun/${options.workspace}`, callback(message, { reaction, index, options }));
    counts[reaction] += 1;
  }
  if (!unsubscribes || message.unsubscribe_url === undefined) return;
  const { pathname } = new URL(message.unsubscribe_url);
  await post(`${options.engineUrl}${pathname}`, new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }));
  counts.unsubscribed += 1;
}

interface CallbackContext {
  readonly reaction: Reaction;
  readonly index: number;
  readonly options: SimulatorOptions;
}

/** A callback in Mailgun's form, signed with the workspace's webhook key. */
function callback(message: OutboxMessage, { reaction, index, options }: CallbackContext): object {
  const id = createHash('sha256')
    .update(`${message.message_id} ${String(index)}`)
    .digest('hex');
  const timestamp = String(Math.floor(options.now() / 1000));
  const token = createHash('sha256').update(`token ${id}`).digest('hex').slice(0, 50);
  const signature = createHmac('sha256', options.webhookKey)
    .update(timestamp + token)
    .digest('hex');
  return {
    signature: { timestamp, token, signature },
    'event-data': {
      event: reaction,
      id,
      // Mail programs report when it happened; nothing can have happened later than now.
      timestamp: options.now() / 1000,
      recipient: message.to,
      message: { headers: { 'message-id': message.message_id } },
      'user-variables': { [MESSAGE_VARIABLE]: message.message_token },
      ...(reaction === 'failed'
        ? { severity: 'permanent', 'delivery-status': { code: 550, message: 'mailbox unavailable' } }
        : {}),
      ...(reaction === 'clicked' ? { url: 'https://shop.example/new' } : {}),
    },
  };
}

async function post(url: string, body: object): Promise<void> {
  const isForm = body instanceof URLSearchParams;
  const response = await fetch(url, {
    method: 'POST',
    body: isForm ? body : JSON.stringify(body),
    ...(isForm ? {} : { headers: { 'content-type': 'application/json' } }),
    redirect: 'error',
  });
  await response.arrayBuffer();
  if (!response.ok)
    throw new EngineError(
      'internal',
      `Expected the engine to take a recipient's reaction, found HTTP ${String(response.status)} from ${new URL(url).pathname.split('/').slice(0, 3).join('/')}.`,
    );
}
