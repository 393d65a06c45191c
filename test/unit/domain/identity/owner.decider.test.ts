import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { IdentifierKind } from '../../../../contracts/events/event-contract.js';
import { claimEventId, decideOwner, identifiedEventId, type OwnedIdentifier } from '../../../../domain/identity/owner.decider.js';
import { mintedCustomerId } from '../../../../domain/ids.js';

const external: OwnedIdentifier = { kind: 'external_id', hash: 'hx' };
const email: OwnedIdentifier = { kind: 'email', hash: 'he' };
const otherEmail: OwnedIdentifier = { kind: 'email', hash: 'ho' };
const phone: OwnedIdentifier = { kind: 'phone', hash: 'hp' };

function decide(question: {
  named?: string;
  identifiers: readonly OwnedIdentifier[];
  owners?: Readonly<Record<string, string>>;
}) {
  const { owners = {}, ...rest } = question;
  return decideOwner({ eventId: 'e1', ...rest, ownerOf: (hash) => owners[hash] ?? null });
}

describe('whose an event is', () => {
  it('the customer whom it names, who claims what nobody owned', () => {
    expect(decide({ named: '70012', identifiers: [email, phone] })).toEqual({
      customerId: '70012',
      how: 'named',
      claims: [email, phone],
      identified: [{ eventId: identifiedEventId('70012', ['he', 'hp']), identifiers: [email, phone], conflictsWith: [] }],
    });
  });

  it('else the owner of the first claimed identifier in look-up order, however they were sent', () => {
    const owners = { hp: 'by-phone', he: 'by-email' };
    expect(decide({ identifiers: [phone, email], owners }).customerId).toBe('by-email');
    expect(decide({ identifiers: [phone, external, email], owners })).toMatchObject({
      customerId: 'by-email',
      how: 'claimed',
      claims: [external],
    });
  });

  it('else a minted customer, the same for each repeat of the event', () => {
    const decision = decide({ identifiers: [email] });
    expect(decision).toMatchObject({ customerId: mintedCustomerId('e1'), how: 'minted', claims: [email] });
    expect(decision.customerId).toMatch(/^c_[a-z2-7]{26}$/);
    expect(decide({ identifiers: [] })).toEqual({
      customerId: mintedCustomerId('e1'),
      how: 'minted',
      claims: [],
      identified: [],
    });
  });

  it('records identifiers seen together also when others own them, and leaves the owners theirs', () => {
    const decision = decide({ named: '70012', identifiers: [external, email, phone], owners: { he: 'b', hx: 'c', hp: '70012' } });
    expect(decision.claims).toEqual([]);
    expect(decision.identified).toMatchObject([{ identifiers: [external, email, phone], conflictsWith: ['b', 'c'] }]);
  });

  it('records a second value of a kind as a fact of its own', () => {
    const decision = decide({ named: '70012', identifiers: [email, otherEmail, phone], owners: { ho: 'b' } });
    expect(decision.identified.map(({ identifiers, conflictsWith }) => [identifiers, conflictsWith])).toEqual([
      [[email, phone], []],
      [[otherEmail], ['b']],
    ]);
  });

  it('takes a repeated identifier for one', () => {
    expect(decide({ named: '70012', identifiers: [email, email] }).claims).toEqual([email]);
  });

  it('claims nothing and records the same fact when it is decided again after its claims', () => {
    const first = decide({ identifiers: [email, phone] });
    const again = decide({ identifiers: [email, phone], owners: { he: first.customerId, hp: first.customerId } });
    expect(again).toMatchObject({ customerId: first.customerId, claims: [], identified: first.identified });
  });
});

describe('ids of identity facts', () => {
  it('are the same in whatever order the identifiers came', () => {
    expect(identifiedEventId('a', ['h1', 'h2'])).toBe(identifiedEventId('a', ['h2', 'h1']));
    expect(identifiedEventId('a', ['h1'])).not.toBe(identifiedEventId('b', ['h1']));
  });

  it('of claims differ by owner and revision', () => {
    expect(new Set([claimEventId('h', 'a', -1n), claimEventId('h', 'b', -1n), claimEventId('h', 'a', 1n)]).size).toBe(3);
  });
});

interface Arrival {
  readonly eventId: string;
  readonly named?: string;
  readonly identifiers: readonly OwnedIdentifier[];
}

/** Who is one person after these arrivals: named customers and hashes that the facts tie together, as sorted groups. */
function peopleAfter(arrivals: readonly Arrival[]): readonly string[] {
  const owners = new Map<string, string>();
  const group = new Map<string, string>();
  const find = (name: string): string => {
    const parent = group.get(name) ?? name;
    return parent === name ? name : find(parent);
  };
  const tie = (a: string, b: string) => group.set(find(a), find(b));
  for (const arrival of arrivals) {
    const decision = decideOwner({ ...arrival, ownerOf: (hash) => owners.get(hash) ?? null });
    for (const { hash } of decision.claims) owners.set(hash, decision.customerId);
    for (const fact of decision.identified) for (const { hash } of fact.identifiers) tie(hash, decision.customerId);
  }
  const people = new Map<string, Set<string>>();
  for (const { named, identifiers } of arrivals) {
    for (const name of [...(named === undefined ? [] : [named]), ...identifiers.map(({ hash }) => hash)]) {
      const members = people.get(find(name)) ?? new Set<string>();
      people.set(find(name), members.add(name));
    }
  }
  return [...people.values()].map((members) => [...members].sort().join(' ')).sort();
}

describe('people', () => {
  it('are the same after any order of the same events', () => {
    const kinds: readonly IdentifierKind[] = ['external_id', 'email', 'phone', 'anonymous_id'];
    const identifier = fc
      .tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 4 }))
      .map(([kind, number]): OwnedIdentifier => ({ kind, hash: `${kind}-${number}` }));
    const arrival = fc.record({ identifiers: fc.array(identifier, { maxLength: 3 }) }, { requiredKeys: ['identifiers'] });
    const named = fc.option(fc.constantFrom('A', 'B', 'C', 'D'), { nil: null });
    const arrivals = fc.array(fc.tuple(arrival, named), { minLength: 1, maxLength: 12 }).map((list) =>
      list.map(([base, name], index): Arrival => ({
        ...base,
        eventId: `e${index}`,
        ...(name === null ? {} : { named: name }),
      })),
    );
    const orders = arrivals.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(orders, ([list, shuffled]) => {
        expect(peopleAfter(shuffled)).toEqual(peopleAfter(list));
      }),
      { numRuns: 500 },
    );
  });
});
