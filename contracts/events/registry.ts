/** The registry of event types, in one place: what a type's contract is, and how bodies are taken in, split, read and written by it. */
export { classify, type ClassifiedBody, type FoundIdentifier, type LooksPersonal } from './classify.js';
export { isEngineEvent, plainBody } from './engine-event.js';
export type { EventContract, IdentifierKind, Measure } from './event-contract.js';
export {
  findContract,
  listContracts,
  type EventData,
  type EventType,
  type PlainData,
  type PlainEventType,
} from './event-contracts.js';
export { isUnknownModuleType, standingOf, type TypeStanding } from './event-names.js';
export { parseIntake, type IntakeBody, type ParseIntakeOptions } from './intake.js';
export { measuresOf } from './measures.js';
export { parseStored, type ParseMode } from './stored-data.js';
export { upcastData, upcastName, upcastNames, upcastValue } from './upcasters.js';
