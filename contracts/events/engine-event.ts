import { EngineError } from '../errors.js';
import type { JsonObject } from '../json.js';
import { placesOf } from '../zod-places.js';
import type { DecodedEvent } from './decoded-event.js';
import type { StoredBody } from './event.js';
import { findContract, type EventType, type PlainData, type PlainEventType } from './event-contracts.js';
import { ENGINE_SOURCE } from './sources.js';

/** The stored body of an event of the engine that holds nothing personal. Its fields are checked by the compiler and once more here. */
export function plainBody<Type extends PlainEventType>(type: Type, data: PlainData<Type>): StoredBody {
  const contract = findContract(type);
  const result = contract?.schemas.written.safeParse(data);
  if (!contract || !result) throw new EngineError('internal', `expected a declared event type, found ${type}`);
  if (!result.success) {
    const places = placesOf(result.error);
    const where = places.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ');
    throw new EngineError('internal', `expected the body of a ${type}, found ${where}`, { places });
  }
  const sealed = Object.keys(data).find((field) => contract.pii[field] !== 'none');
  if (sealed !== undefined) {
    throw new EngineError('internal', `expected fields of ${type} that need no sealing, found ${sealed}`);
  }
  // The schemas declare JSON without nulls, so what satisfies them is a JsonObject.
  return { plain: data as JsonObject, hashes: {}, sealed: [] };
}

/**
 * True for an event of that type which the engine itself recorded; its plain fields are then typed. Events that modules pushed under
 * the same name answer false: they drive no run, funnel or membership.
 */
export function isEngineEvent<Type extends EventType>(
  event: DecodedEvent,
  type: Type,
): event is DecodedEvent & { readonly data: PlainData<Type> } {
  return event.type === type && event.metadata.source === ENGINE_SOURCE;
}
