import { CHUNK_LIMIT } from '../../contracts/events/contract-fields.js';
import { streamName } from '../../contracts/events/streams.js';
import { engineId } from '../../domain/ids.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { Vault } from '../../stores/vault/vault.port.js';
import { withSealed } from '../campaigns/sealed-reason.js';
import type { CommandContext } from '../command-handler.js';
import { engineEvent } from '../engine-event.js';
import { refusePersonal } from '../refuse-personal.js';

/** Personal values that somebody is about to be shown. */
export interface Reveal {
  /** `profile`, `timeline`, `export`, `consent_export`. */
  readonly what: string;
  readonly customers: readonly string[];
  /** Why, in words that do not name anybody. */
  readonly reason?: string;
}

/** Records who is shown whose values, and why; durable when it resolves, which is before they are shown. Errors: `invalid_input` for a reason that looks personal. */
export type RecordReveal = (reveal: Reveal, context: CommandContext) => Promise<void>;

export interface RecordRevealDeps {
  readonly eventStore: EventStore;
  readonly vault: Pick<Vault, 'ensureKeys'>;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly newId: () => string;
}

/** Reveals as events, each in a stream of its own, so that nobody waits for somebody else's. */
export function createRecordReveal(deps: RecordRevealDeps): RecordReveal {
  return async ({ what, customers, reason }, { workspace, actor, at }) => {
    refusePersonal(reason, '/reveal-reason');
    const reveal = deps.newId();
    const stream = streamName('access', workspace, `reveal-${reveal}`);
    const data = { what, people: customers.length, customer_ids: customers.slice(0, CHUNK_LIMIT) };
    const id = engineId('access.personal_data_revealed', stream);
    const event = engineEvent({ id, type: 'access.personal_data_revealed', data, workspace, actor, at });
    const sealed = reason === undefined ? event : ((await withSealed(deps, stream, event, { direct: { reason } })) ?? event);
    await deps.eventStore.append(stream, 'no_stream', [sealed]);
  };
}
