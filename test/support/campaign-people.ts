import { randomUUID } from 'node:crypto';
import { engineEvent } from '../../commands/engine-event.js';
import type { NewEvent } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import { keyedHash } from '../../domain/identity/keyed-hash.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { createRandomBytes } from '../../stores/vault/random-bytes.js';
import { sealBody } from '../../stores/vault/sealing.js';
import type { Vault } from '../../stores/vault/vault.port.js';

/** A customer to be stored; without an e-mail there is nobody to write to. */
export interface NewCustomer {
  readonly id: string;
  readonly email?: string;
  readonly firstName?: string;
  readonly attributes?: JsonObject;
}

/** So many customers with an address each: `c00000`, `c00001`, … */
export function people(count: number): readonly (NewCustomer & { readonly email: string })[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `c${String(index).padStart(5, '0')}`;
    return { id, email: `${id}@mail.example`, firstName: `Name${index}` };
  });
}

export interface PeopleDeps {
  readonly eventStore: EventStore;
  readonly vault: Vault;
  readonly context: () => { readonly workspace: string; readonly actor: string; readonly at: string };
}

const PAGE = 500;

/** Puts customers into a log, as if a module had pushed them. */
export function createPeople({ eventStore, vault, context }: PeopleDeps) {
  const { workspace } = context();
  const randomBytes = createRandomBytes();
  const streamOf = (id: string): string => streamName('customer', workspace, id);

  async function eventOf(type: string, { id: customer, email, firstName, attributes = {} }: NewCustomer): Promise<NewEvent> {
    const subject = `customer/${customer}`;
    const key = (await vault.ensureKeys(workspace, [subject])).get(subject);
    const lookUp = await vault.secret(workspace, 'look_up');
    const id = randomUUID();
    const direct = {
      ...(email === undefined ? {} : { email }),
      ...(firstName === undefined ? {} : { first_name: firstName }),
    };
    const hashes = email === undefined ? {} : { email: keyedHash(lookUp, 'email', email.trim().toLowerCase()) };
    const data = sealBody(
      { plain: {}, hashes, direct, quasi: attributes },
      { workspace, subject, eventId: id, key, randomBytes },
    );
    const event = engineEvent({ id, type, data, ...context() });
    return { ...event, metadata: { ...event.metadata, source: 'cdp' } };
  }

  return {
    async add(customers: readonly NewCustomer[]): Promise<void> {
      await vault.ensureKeys(
        workspace,
        customers.map(({ id }) => `customer/${id}`),
      );
      for (let at = 0; at < customers.length; at += PAGE) {
        const page = customers.slice(at, at + PAGE);
        const events = await Promise.all(page.map((customer) => eventOf('customer.created', customer)));
        await Promise.all(events.map((event, index) => eventStore.append(streamOf(page[index]?.id ?? ''), 'no_stream', [event])));
      }
    },
    async updateEmail(id: string, email: string): Promise<void> {
      await eventStore.appendOnce(streamOf(id), -1n, [await eventOf('customer.updated', { id, email })]);
    },
    async say(id: string, type: 'consent.withdrawn' | 'consent.granted', at = context().at): Promise<void> {
      const data = { channel: 'email', purpose: 'marketing', via: 'form' };
      await eventStore.appendOnce(streamOf(id), -1n, [engineEvent({ id: randomUUID(), type, data, ...context(), at })]);
    },
  };
}
