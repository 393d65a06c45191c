import { EngineError } from '../errors.js';
import type { JsonObject } from '../json.js';
import { isSurelyValid } from '../surely-valid.js';
import { placesOf } from '../zod-places.js';
import { findContract } from './event-contracts.js';
import { upcastData } from './upcasters.js';

/** `erased`: sealed fields may be absent, because their key is destroyed or because they were not opened. */
export type ParseMode = 'complete' | 'erased';

/**
 * Reads the fields of a stored body: brings them to today's version, then holds them against the contract. A type without a contract
 * is read as it is. Throws `event_contract_broken`, never with a value in its message.
 */
export function parseStored(type: string, version: number, data: JsonObject, mode: ParseMode): JsonObject {
  const current = upcastData(type, version, data);
  const contract = findContract(type);
  if (!contract) return current;
  const schema = contract.schemas[mode === 'complete' ? 'stored' : 'erased'];
  if (isSurelyValid(schema, current)) return current;
  const result = schema.safeParse(current);
  if (result.success) return current;
  const places = placesOf(result.error);
  const where = places.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('; ');
  throw new EngineError(
    'event_contract_broken',
    `expected a ${type} of version ${contract.version}, found one of version ${version} with ${where}`,
    {
      places,
      details: { type, version },
    },
  );
}
