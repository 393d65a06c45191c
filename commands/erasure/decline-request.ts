import { EngineError } from '../../contracts/errors.js';
import type { Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import { engineId } from '../../domain/ids.js';
import { withSealed } from '../campaigns/sealed-reason.js';
import type { CommandContext } from '../command-handler.js';
import { engineEvent } from '../engine-event.js';
import type { ErasureDeps } from './erasure-deps.js';
import type { PersonTrace } from './person-trace.js';

/** Records of every open request that it is not carried out; answers the position of the last. Errors: `not_found`. */
export async function declineRequest(
  deps: ErasureDeps,
  trace: PersonTrace,
  { workspace, actor, at, reason }: CommandContext & { readonly reason: string },
): Promise<Position> {
  if (trace.requests.length === 0) {
    throw new EngineError('not_found', `Expected an open request to erase ${trace.customerId}, found none.`);
  }
  const stream = streamName('customer', workspace, trace.customerId);
  const events = trace.requests.map(async (request) => {
    const id = engineId('customer.erase_declined', workspace, request);
    const event = engineEvent({ id, type: 'customer.erase_declined', data: { request }, workspace, actor, at });
    return (await withSealed(deps, stream, event, { direct: { reason } })) ?? event;
  });
  const stored = await deps.eventStore.appendOnce(stream, trace.head, await Promise.all(events));
  return stored.reduce((last, { position }) => (position > last ? position : last), -1n);
}
