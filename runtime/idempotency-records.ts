import type { JsonObject } from '../contracts/json.js';
import type { DocumentStore, StoredDocument } from '../stores/document-store/document-store.port.js';

/** What a finished request answered. */
export interface KeptAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What is known about an idempotency key when a request arrives with it. */
export type Claim =
  | { readonly kind: 'mine'; finish(answer: KeptAnswer): Promise<void>; forget(): Promise<void> }
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  | { readonly kind: 'in_flight' }
  | { readonly kind: 'other_request' };

/**
 * Remembers the answers to requests that carried an idempotency key. Of several requests that claim a key at once, exactly one gets
 * `mine`. A claim that was never finished, because its process died, can be taken over after `inFlightMs`.
 */
export interface IdempotencyRecords {
  claim(id: string, fingerprint: string): Promise<Claim>;
}

export interface IdempotencyOptions {
  readonly documents: DocumentStore;
  readonly clock: () => number;
  readonly keepMs?: number;
  readonly inFlightMs?: number;
}

const COLLECTION = 'idempotency_keys';
const DAY_MS = 86_400_000;

/** Opens the records in the document store; call once, before the first claim. Ids begin with `<workspace>/`. */
export async function openIdempotencyRecords(options: IdempotencyOptions): Promise<IdempotencyRecords> {
  const { documents, clock, keepMs = DAY_MS, inFlightMs = 60_000 } = options;
  await documents.ensureCollection(COLLECTION, []);

  /** The position only counts the writes of one key: it guards them against each other. */
  async function write(
    id: string,
    held: StoredDocument | null,
    body: JsonObject | null,
    expiresAt: number,
  ): Promise<StoredDocument | null> {
    const position = held === null ? 0n : held.position + 1n;
    const write = { id, expected: held === null ? ('none' as const) : held.position, position, body, expires_at: expiresAt };
    const [outcome] = await documents.put(COLLECTION, [write]);
    return outcome === 'written' ? { id, position, body } : null;
  }

  function mine(mark: StoredDocument, fingerprint: string): Claim {
    const until = clock() + keepMs;
    return {
      kind: 'mine',
      // Losing to a request that took the claim over is fine: its answer is kept instead.
      finish: async (answer) => {
        await write(mark.id, mark, { fingerprint, until, answer: { ...answer } }, until);
      },
      forget: async () => {
        await write(mark.id, mark, null, clock() + inFlightMs);
      },
    };
  }

  async function claim(id: string, fingerprint: string): Promise<Claim> {
    const held = await documents.get(COLLECTION, id);
    const known = held === null ? null : readBody(held, clock());
    if (known !== null && known.fingerprint !== fingerprint) return { kind: 'other_request' };
    if (known?.answer !== undefined) return { kind: 'answered', answer: known.answer };
    if (known !== null) return { kind: 'in_flight' };
    const until = clock() + inFlightMs;
    const mark = await write(id, held, { fingerprint, until }, clock() + keepMs);
    return mark === null ? { kind: 'in_flight' } : mine(mark, fingerprint);
  }

  return { claim };
}

interface Known {
  readonly fingerprint: string;
  readonly answer?: KeptAnswer;
}

/** null for what has run out, was forgotten, or is not a record. */
function readBody({ body }: StoredDocument, now: number): Known | null {
  if (body === null || typeof body.fingerprint !== 'string' || typeof body.until !== 'number' || body.until <= now) return null;
  const { answer } = body;
  if (answer === undefined) return { fingerprint: body.fingerprint };
  if (typeof answer !== 'object' || !('status' in answer) || typeof answer.status !== 'number') return null;
  if (typeof answer.type !== 'string' || typeof answer.body !== 'string') return null;
  return { fingerprint: body.fingerprint, answer: { status: answer.status, type: answer.type, body: answer.body } };
}
