import { EngineError } from '../../contracts/errors.js';
import type { ErasedIdentifierPolicy } from '../../contracts/events/access.events.js';
import { claimEventId, decideOwner, type OwnerDecision } from '../../domain/identity/owner.decider.js';
import type { Identifier } from '../../domain/identity/identifiers.js';
import { engineEvent } from '../engine-event.js';
import type { Candidate } from './candidate.js';
import type { Claim, IdentityIndex, Ownership } from './identity-index.js';

export interface ResolveContext {
  readonly workspace: string;
  readonly actor: string;
  readonly receivedAt: string;
  /** What happens to candidates that name an identifier of someone who was erased. */
  readonly erasedIdentifiers: ErasedIdentifierPolicy;
}

export interface Resolved {
  readonly decisions: ReadonlyMap<Candidate, OwnerDecision<Identifier>>;
  /** Those that name an identifier which is not to come back. */
  readonly erased: readonly Candidate[];
}

const ATTEMPTS = 8;

/**
 * Says for each candidate whose it is and claims the identifiers that nobody owned, durably. Candidates see the claims of those before them.
 * When another writer claims first, all is decided again on what stands then.
 */
export async function resolveCustomers(
  identities: IdentityIndex,
  candidates: readonly Candidate[],
  context: ResolveContext,
): Promise<Resolved> {
  const hashes = [...new Set(candidates.flatMap(({ identifiers }) => identifiers.map(({ hash }) => hash)))];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const owners = new Map(await identities.ownersOf(context.workspace, hashes));
    const refuses = context.erasedIdentifiers === 'refuse';
    const isErased = ({ identifiers }: Candidate): boolean =>
      refuses && identifiers.some(({ hash }) => owners.get(hash)?.isErased);
    const erased = candidates.filter(isErased);
    const open = erased.length === 0 ? candidates : candidates.filter((candidate) => !erased.includes(candidate));
    const { decisions, claims } = decideAll(open, owners, context);
    if (claims.length === 0 || (await identities.claim(context.workspace, claims))) return { decisions, erased };
  }
  throw new EngineError(
    'store_unavailable',
    `expected to claim identifiers within ${String(ATTEMPTS)} attempts, found another writer first each time`,
  );
}

function decideAll(
  candidates: readonly Candidate[],
  owners: Map<string, Ownership>,
  context: ResolveContext,
): { readonly decisions: ReadonlyMap<Candidate, OwnerDecision<Identifier>>; readonly claims: readonly Claim[] } {
  const decisions = new Map<Candidate, OwnerDecision<Identifier>>();
  const claims: Claim[] = [];
  for (const candidate of candidates) {
    const decision = decideOwner({
      eventId: candidate.eventId,
      identifiers: candidate.identifiers,
      ...(candidate.named === undefined ? {} : { named: candidate.named }),
      ownerOf: (hash) => owners.get(hash)?.owner ?? null,
    });
    decisions.set(candidate, decision);
    for (const { hash, kind } of decision.claims) {
      const revision = owners.get(hash)?.revision ?? -1n;
      const claim = claimOf({ hash, kind, owner: decision.customerId, revision }, candidate, context);
      claims.push(claim);
      owners.set(hash, { owner: decision.customerId, revision: revision + 1n });
    }
  }
  return { decisions, claims };
}

interface NewClaim {
  readonly hash: string;
  readonly kind: string;
  readonly owner: string;
  readonly revision: bigint;
}

function claimOf({ hash, kind, owner, revision }: NewClaim, candidate: Candidate, context: ResolveContext): Claim {
  const event = engineEvent({
    id: claimEventId(hash, owner, revision),
    type: 'identity.claimed',
    data: { owner, kind },
    workspace: context.workspace,
    actor: context.actor,
    at: context.receivedAt,
    cause: { id: candidate.eventId, metadata: { correlation_id: candidate.eventId } },
  });
  return { hash, revision, owner, event };
}
