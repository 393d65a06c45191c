import { findContract } from './event-contracts.js';

const MAX_TYPE = 100;
const modulePattern = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const platformPattern = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/;

/** What a name says about a type: declared and open to modules, undeclared of a module, reserved by the engine, or no name at all. */
export type TypeStanding = 'intake' | 'unknown' | 'reserved' | 'malformed';

/** How a type that a module sends is to be taken. */
export function standingOf(type: string): TypeStanding {
  const contract = findContract(type);
  if (contract) return contract.intake ? 'intake' : 'reserved';
  if (type.length > MAX_TYPE || type in Object.prototype) return 'malformed';
  if (modulePattern.test(type)) return 'unknown';
  return platformPattern.test(type) ? 'reserved' : 'malformed';
}

/** True for a snake_case type that no contract declares: it is kept as it comes, if the workspace accepts such types. */
export function isUnknownModuleType(type: string): boolean {
  return standingOf(type) === 'unknown';
}
