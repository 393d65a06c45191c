import type { IdentifierKind } from '../../contracts/events/event-contract.js';
import { engineId, mintedCustomerId } from '../ids.js';
import { lookUpOrder } from './normalisers.js';

/** What the decision needs of an identifier. */
export interface OwnedIdentifier {
  readonly kind: IdentifierKind;
  readonly hash: string;
}

/** An event that asks whose it is, and what is known about its identifiers. */
export interface OwnerQuestion<Identifier extends OwnedIdentifier = OwnedIdentifier> {
  readonly eventId: string;
  /** The `qontak_customer_id` that the event names. */
  readonly named?: string;
  readonly identifiers: readonly Identifier[];
  /** The customer who has claimed the identifier; null for one that is free. */
  ownerOf(hash: string): string | null;
}

/** A set of identifiers, at most one of a kind, to record as `customer.identified` unless its event id is stored already. */
export interface IdentifiedFact<Identifier extends OwnedIdentifier = OwnedIdentifier> {
  readonly eventId: string;
  readonly identifiers: readonly Identifier[];
  /** Owners of these identifiers who are someone else, sorted. */
  readonly conflictsWith: readonly string[];
}

/** Whose the event is, and what follows from it. */
export interface OwnerDecision<Identifier extends OwnedIdentifier = OwnedIdentifier> {
  readonly customerId: string;
  readonly how: 'named' | 'claimed' | 'minted';
  /** Identifiers that nobody owned: this customer claims them. */
  readonly claims: readonly Identifier[];
  readonly identified: readonly IdentifiedFact<Identifier>[];
}

/**
 * The customer whom the event names, else the owner of its first claimed identifier in look-up order, else a minted one that every repeat
 * of the event mints again. Identifiers of other owners stay theirs: what was seen together is recorded, merging is somebody else's.
 */
export function decideOwner<Identifier extends OwnedIdentifier>(question: OwnerQuestion<Identifier>): OwnerDecision<Identifier> {
  if (question.named !== undefined && question.identifiers.length === 0) {
    return { customerId: question.named, how: 'named', claims: [], identified: [] };
  }
  const identifiers = inLookUpOrder(question.identifiers);
  const owned = identifiers.map((identifier) => ({ identifier, owner: question.ownerOf(identifier.hash) }));
  const { customerId, how } = chooseCustomer(question, owned);
  const strangers = new Map(
    owned.flatMap(({ identifier, owner }) => (isStranger(owner, customerId) ? [[identifier.hash, owner] as const] : [])),
  );
  return {
    customerId,
    how,
    claims: owned.filter(({ owner }) => owner === null).map(({ identifier }) => identifier),
    identified: setsOf(identifiers).map((set) => ({
      eventId: identifiedEventId(
        customerId,
        set.map(({ hash }) => hash),
      ),
      identifiers: set,
      conflictsWith: [...new Set(set.flatMap(({ hash }) => strangers.get(hash) ?? []))].sort(),
    })),
  };
}

/** The id of a claim: of two customers who claim at one revision only one can win, and a repeat is the same event. */
export function claimEventId(hash: string, owner: string, after: bigint): string {
  return engineId(hash, owner, String(after));
}

/** The id of the fact that these identifiers were seen together on the customer, in whatever order. */
export function identifiedEventId(customerId: string, hashes: readonly string[]): string {
  return engineId(customerId, ...[...hashes].sort());
}

interface Owned {
  readonly owner: string | null;
}

function chooseCustomer(question: OwnerQuestion, owned: readonly Owned[]): Pick<OwnerDecision, 'customerId' | 'how'> {
  if (question.named !== undefined) return { customerId: question.named, how: 'named' };
  const owner = owned.find((candidate) => candidate.owner !== null)?.owner ?? null;
  if (owner !== null) return { customerId: owner, how: 'claimed' };
  return { customerId: mintedCustomerId(question.eventId), how: 'minted' };
}

function isStranger(owner: string | null, customerId: string): owner is string {
  return owner !== null && owner !== customerId;
}

function inLookUpOrder<Identifier extends OwnedIdentifier>(identifiers: readonly Identifier[]): readonly Identifier[] {
  const once = new Map(identifiers.map((identifier) => [identifier.hash, identifier]));
  return [...once.values()].sort(
    (a, b) => lookUpOrder.indexOf(a.kind) - lookUpOrder.indexOf(b.kind) || (a.hash < b.hash ? -1 : 1),
  );
}

/** A body has one field a kind, so a second value of a kind goes into a second fact: both are tied together by the customer. */
function setsOf<Identifier extends OwnedIdentifier>(identifiers: readonly Identifier[]): readonly (readonly Identifier[])[] {
  const sets: Identifier[][] = [];
  for (const identifier of identifiers) {
    const set = sets.find((candidate) => candidate.every(({ kind }) => kind !== identifier.kind));
    if (set === undefined) sets.push([identifier]);
    else set.push(identifier);
  }
  return sets;
}
