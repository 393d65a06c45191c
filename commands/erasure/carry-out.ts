import { plainBody } from '../../contracts/events/engine-event.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import type { PlainData } from '../../contracts/events/event-contracts.js';
import { streamName } from '../../contracts/events/streams.js';
import { createPersonMatcher } from '../../domain/customer/person-matcher.js';
import { engineId } from '../../domain/ids.js';
import { isoInstant } from '../../runtime/clock.js';
import { customerSubject } from '../../stores/vault/subjects.js';
import { engineEvent } from '../engine-event.js';
import type { ErasureDeps } from './erasure-deps.js';
import { traceCustomer, type PersonTrace } from './person-trace.js';
import { cancelQueued } from './queued-messages.js';
import { destroyRefusedEntries } from './refused-entries.js';
import { releaseIdentifiers } from './release-identifiers.js';

interface Place {
  readonly workspace: string;
  readonly erasureId: string;
}

/**
 * Does all that an erasure asks for, each step so that doing it again changes nothing; after a crash it is done again from the first. What
 * needs the person's values comes before the keys are destroyed. The last event says that it is done.
 */
export async function carryOut(deps: ErasureDeps, place: Place): Promise<void> {
  const { workspace, erasureId } = place;
  const { eventStore, vault } = deps;
  const stream = streamName('erasure', workspace, erasureId);
  const known: RecordedEvent[] = [];
  for await (const event of eventStore.readStream(stream)) known.push(event);
  const [started] = known;
  if (started === undefined || known.some(({ type }) => type === 'erasure.completed')) return;
  // As its contract has it.
  const { customers } = started.data.plain as PlainData<'erasure.started'>;
  const about = { workspace, actor: started.metadata.actor, at: isoInstant(deps.clock()) };
  const doing = { workspace, erasureId, at: about.at };

  const traces = await Promise.all(customers.map((customerId) => traceCustomer(deps, workspace, customerId)));
  const erased = await Promise.all(traces.map((trace) => sayErased(deps, trace, { started, ...place })));
  const refused_entries = await destroyRefusedEntries(deps, { ...doing, isAbout: matcherOf(traces) });
  const queued_messages = await cancelQueued(deps, customers, doing);
  for (const customerId of customers) await vault.destroyKey(workspace, customerSubject(customerId));

  const hashes = new Set(traces.flatMap((trace) => [...trace.hashes]));
  const identifiers = await releaseIdentifiers(eventStore, { ...about, hashes, owners: new Set(customers), cause: 'erased' });
  deps.forgetOwners(workspace, [...hashes]);
  let files = 0;
  for (const channel of Object.values(deps.channels)) files += (await channel.forget?.(workspace, customers)) ?? 0;
  await deps.untilFolded(await eventStore.head());
  await deps.documents.scrub();

  const data = plainBody('erasure.completed', {
    customers,
    erased: erased.map(({ stream: of, id, revision }) => ({ customer: of, event_id: id, revision: Number(revision) })),
    keys: customers.length,
    identifiers,
    refused_entries,
    queued_messages,
    files,
    remains: remainsAt(deps, traces),
    at: isoInstant(deps.clock()),
  });
  const completed = engineEvent({ ...about, id: engineId('erasure.completed', stream), type: 'erasure.completed', data });
  await eventStore.appendOnce(stream, started.revision, [completed]);
  deps.logger.info('customer_erased', { workspace, erasure: erasureId, customers: customers.length });
}

interface Said {
  readonly stream: string;
  readonly id: string;
  readonly revision: bigint;
}

async function sayErased(
  deps: ErasureDeps,
  trace: PersonTrace,
  { workspace, erasureId, started }: Place & { readonly started: RecordedEvent },
): Promise<Said> {
  const { customerId, erased, head } = trace;
  if (erased !== undefined) return { stream: customerId, id: erased.id, revision: erased.revision };
  const event = engineEvent({
    id: engineId('customer.erased', customerId, erasureId),
    type: 'customer.erased',
    data: plainBody('customer.erased', { cause: 'requested', erasure: erasureId, keys: 1 }),
    workspace,
    actor: started.metadata.actor,
    at: isoInstant(deps.clock()),
    cause: started,
  });
  const [stored] = await deps.eventStore.appendOnce(streamName('customer', workspace, customerId), head, [event]);
  return { stream: customerId, id: event.id, revision: stored?.revision ?? head };
}

function matcherOf(traces: readonly PersonTrace[]): (text: string) => boolean {
  return createPersonMatcher({
    customers: traces.map(({ customerId }) => customerId),
    identifiers: traces.flatMap(({ identifiers }) => [...identifiers]),
  });
}

function remainsAt(deps: ErasureDeps, traces: readonly PersonTrace[]): PlainData<'erasure.completed'>['remains'] {
  // What a channel keeps on this machine is deleted with the files.
  const here = new Set(Object.values(deps.channels).flatMap((channel) => (channel.forget === undefined ? [] : [channel.name])));
  const sent = new Map<string, number>();
  for (const trace of traces) for (const [provider, count] of trace.sent) sent.set(provider, (sent.get(provider) ?? 0) + count);
  return [...sent].filter(([provider]) => !here.has(provider)).map(([provider, messages]) => ({ provider, messages }));
}
