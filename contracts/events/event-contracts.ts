import { accessEvents } from './access.events.js';
import { adEvents } from './ad.events.js';
import { campaignRunEvents } from './campaign-run.events.js';
import { campaignEvents } from './campaign.events.js';
import { chatEvents } from './chat.events.js';
import { commerceEvents } from './commerce.events.js';
import { communicationEvents } from './communication.events.js';
import { consentEvents } from './consent.events.js';
import { customerEvents } from './customer.events.js';
import { erasureEvents } from './erasure.events.js';
import type { DataOf, EventContract } from './event-contract.js';
import { identityEvents } from './identity.events.js';
import { importEvents } from './import.events.js';
import { loyaltyEvents } from './loyalty.events.js';
import { mergeEvents } from './merge.events.js';
import { projectionEvents } from './projection.events.js';
import { quarantineEvents } from './quarantine.events.js';
import { salesEvents } from './sales.events.js';
import { segmentEvents } from './segment.events.js';
import { serviceEvents } from './service.events.js';
import { storefrontEvents } from './storefront.events.js';
import { sourceEvents } from './source.events.js';
import { suppressionEvents } from './suppression.events.js';
import { templateEvents } from './template.events.js';
import { visitEvents } from './visit.events.js';

const contracts = [
  ...accessEvents,
  ...adEvents,
  ...campaignEvents,
  ...campaignRunEvents,
  ...chatEvents,
  ...commerceEvents,
  ...communicationEvents,
  ...consentEvents,
  ...customerEvents,
  ...erasureEvents,
  ...identityEvents,
  ...importEvents,
  ...loyaltyEvents,
  ...mergeEvents,
  ...projectionEvents,
  ...quarantineEvents,
  ...salesEvents,
  ...segmentEvents,
  ...serviceEvents,
  ...storefrontEvents,
  ...sourceEvents,
  ...suppressionEvents,
  ...templateEvents,
  ...visitEvents,
] as const;

type DeclaredContract = (typeof contracts)[number];

/** The name of every declared event type. */
export type EventType = DeclaredContract['type'];

type FieldsOf<Type extends EventType> = Extract<DeclaredContract, { readonly type: Type }>['fields'];
type PlainNames<F> = { [Name in keyof F]: F[Name] extends { readonly pii: 'none' } ? Name : never }[keyof F];

/** The complete body of a declared type, as the engine writes it. */
export type EventData<Type extends EventType> = DataOf<FieldsOf<Type>>;

/** Those fields of a declared type that are not personal. */
export type PlainData<Type extends EventType> = Pick<EventData<Type>, PlainNames<FieldsOf<Type>> & keyof EventData<Type>>;

type SealedData<Type extends EventType> = Omit<EventData<Type>, PlainNames<FieldsOf<Type>>>;

/** Declared types whose body can be written without sealing anything. */
export type PlainEventType = {
  [Type in EventType]: Partial<SealedData<Type>> extends SealedData<Type> ? Type : never;
}[EventType];

const byType: ReadonlyMap<string, EventContract> = new Map(
  contracts.map((contract): [string, EventContract] => [contract.type, contract]),
);

/** The contract of a type; undefined for a type that is not declared. */
export function findContract(type: string): EventContract | undefined {
  return byType.get(type);
}

/** Every contract, sorted by type. */
export function listContracts(): readonly EventContract[] {
  return [...byType.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}
