import { EngineError } from '../../contracts/errors.js';
import type { Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import { engineId } from '../../domain/ids.js';
import { customerSubject } from '../../stores/vault/subjects.js';
import { withSealed } from '../campaigns/sealed-reason.js';
import type { CommandContext } from '../command-handler.js';
import { engineEvent } from '../engine-event.js';
import type { ErasureDeps } from './erasure-deps.js';
import type { PersonTrace } from './person-trace.js';
import { releaseIdentifiers } from './release-identifiers.js';

/**
 * Lets events arrive for the customer again: a new key first, under which the reason is sealed, then the fact, then the identifiers. Cut off
 * in between it is done by asking again. Errors: `not_found` for a customer who is not erased.
 */
export async function reopenCustomer(
  deps: ErasureDeps,
  trace: PersonTrace,
  { workspace, actor, at, reason }: CommandContext & { readonly reason: string },
): Promise<Position> {
  const { customerId, erased, hashes } = trace;
  if (erased === undefined) {
    throw new EngineError('not_found', `Expected the id of a customer who is erased, found ${customerId}, who is not.`);
  }
  await releaseIdentifiers(deps.eventStore, { workspace, actor, at, hashes, owners: new Set([customerId]), cause: 'reopened' });
  await deps.vault.reopen(workspace, customerSubject(customerId));
  const stream = streamName('customer', workspace, customerId);
  const id = engineId('customer.reopened', stream, erased.id);
  const event = engineEvent({ id, type: 'customer.reopened', data: {}, workspace, actor, at });
  const sealed = (await withSealed(deps, stream, event, { direct: { reason } })) ?? event;
  const [stored] = await deps.eventStore.appendOnce(stream, erased.revision, [sealed]);
  if (stored === undefined) throw new EngineError('internal', 'expected the event to be stored, found no answer');
  return stored.position;
}
