import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { ErasureDocument } from '../../contracts/read-models/erasures.port.js';
import type { JsonObject } from '../../contracts/json.js';
import type { Projection } from '../../runtime/projection.js';

type Erasure = ErasureDocument & JsonObject;

/** How far it is with erasing each customer of whom it was asked. Document id: `<workspace>/<customer>`. */
export const erasuresProjection: Projection<Erasure> = {
  name: 'erasures',
  version: 1,
  categories: ['customer', 'erasure'],
  handles: [
    'customer.erase_requested',
    'customer.erase_declined',
    'customer.erased',
    'customer.reopened',
    'erasure.started',
    'erasure.completed',
  ],
  opensQuasi: false,
  indexes: [{ name: 'state', paths: [['state']] }],
  keys(event) {
    const { category, workspace, id } = event.stream;
    if (category === 'customer') return [`${workspace}/${id}`];
    const isOne = isEngineEvent(event, 'erasure.started') || isEngineEvent(event, 'erasure.completed');
    return isOne ? event.data.customers.map((customer) => `${workspace}/${customer}`) : [];
  },
  evolve(document, event, key) {
    return evolve(document, event, key.slice(key.indexOf('/') + 1));
  },
};

function evolve(document: Erasure | null, event: DecodedEvent, customer_id: string): Erasure | null {
  const at = event.metadata.received_at;
  // Said before there were erasures: nothing is left to do.
  if (event.type === 'customer.erased')
    return event.data['erasure'] === undefined ? { customer_id, state: 'completed', at } : document;
  if (event.type === 'customer.erase_requested') {
    if (document?.state === 'running' || document?.state === 'completed' || document?.state === 'requested') return document;
    const { erasure_id, ...rest } = document ?? { customer_id };
    const request = { event_id: event.id, at, source: event.metadata.source };
    return { ...rest, ...(erasure_id === undefined ? {} : { erasure_id }), customer_id, state: 'requested', at, request };
  }
  if (isEngineEvent(event, 'customer.erase_declined')) return document && { ...document, state: 'declined', at };
  if (isEngineEvent(event, 'erasure.started')) return { customer_id, state: 'running', at, erasure_id: event.stream.id };
  if (isEngineEvent(event, 'erasure.completed'))
    return document?.erasure_id === event.stream.id && document.state === 'running'
      ? { ...document, state: 'completed', at }
      : document;
  if (isEngineEvent(event, 'customer.reopened')) return document && { ...document, state: 'reopened', at };
  return document;
}
