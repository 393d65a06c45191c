import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdmission, type AdmissionLimits } from '../../commands/ingest/admission.js';
import { createIdentityIndex } from '../../commands/ingest/identity-index.js';
import { createInFlight } from '../../commands/ingest/in-flight.js';
import { createIngest, type Ingest, type IngestRequest } from '../../commands/ingest/ingest.js';
import type { IntakePolicy } from '../../commands/ingest/prepare-entry.js';
import { createRecordedSets } from '../../commands/ingest/recorded-sets.js';
import { createStreamWriter } from '../../commands/stream-writer.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import type { EventPins } from '../../stores/event-store/event-pins.port.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import { createRandomBytes } from '../../stores/vault/random-bytes.js';
import { openEmbeddedVault } from '../../stores/vault/embedded/embedded-vault.js';
import type { Vault } from '../../stores/vault/vault.port.js';
import { testVaultKey } from './embedded-vault-place.js';

/** An ingest on embedded stores in a folder of its own. */
export interface IngestUnderTest {
  readonly eventStore: EventStore;
  readonly pins: EventPins;
  readonly vault: Vault;
  readonly differingBodies: () => number;
  readonly violations: () => number;
  /** An ingest with caches of its own, as another process on the same stores would have. */
  another(): Ingest;
  push(events: readonly unknown[], options?: Partial<IngestRequest>): ReturnType<Ingest>;
  stream(name: string): Promise<readonly RecordedEvent[]>;
  all(): Promise<readonly RecordedEvent[]>;
  dispose(): Promise<void>;
}

export interface IngestUnderTestOptions {
  readonly policy?: IntakePolicy;
  readonly limits?: AdmissionLimits;
  readonly clock?: () => number;
}

interface IngestStores {
  readonly eventStore: EventStore;
  readonly pins: EventPins;
  readonly vault: Vault;
}

/** An ingest with caches of its own on the stores. */
export function ingestOn(
  { eventStore, pins, vault }: IngestStores,
  options: IngestUnderTestOptions & { readonly counts: { differing: number; violations: number } },
): Ingest {
  const { counts } = options;
  return createIngest({
    eventStore,
    pins,
    vault,
    writer: createStreamWriter({ eventStore, cachedStreams: 1_000 }),
    identities: createIdentityIndex({ eventStore, cachedIdentifiers: 1_000 }),
    recordedSets: createRecordedSets({ eventStore, pins, cachedSets: 1_000 }),
    admission: createAdmission(options.limits),
    inFlight: createInFlight(),
    metrics: {
      count: () => undefined,
      bodyDiffers: () => {
        counts.differing += 1;
      },
      violations: (_source, fields) => {
        counts.violations += fields;
      },
    },
    clock: options.clock ?? Date.now,
    randomBytes: createRandomBytes(),
    policyOf: () => Promise.resolve(options.policy ?? { unknownTypes: 'accept', defaultCountry: 'ID' }),
  });
}

/** Opens it; `dispose` closes the stores and removes the folder. */
export async function openIngest(options: IngestUnderTestOptions = {}): Promise<IngestUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-ingest-'));
  const { store: eventStore, pins } = await openEmbeddedEventStore({ file: join(folder, 'log.sqlite') });
  const vault = await openEmbeddedVault({ file: join(folder, 'vault.sqlite'), vaultKey: { version: 1, key: testVaultKey } });
  const counts = { differing: 0, violations: 0 };
  const another = (): Ingest => ingestOn({ eventStore, pins, vault }, { ...options, counts });
  const ingest = another();
  const collect = async (events: AsyncIterable<RecordedEvent>): Promise<readonly RecordedEvent[]> => {
    const collected: RecordedEvent[] = [];
    for await (const event of events) collected.push(event);
    return collected;
  };
  return {
    eventStore,
    pins,
    vault,
    differingBodies: () => counts.differing,
    violations: () => counts.violations,
    another,
    push: (events, request = {}) => ingest({ ...ingestRequest(events), ...request }),
    stream: (name) => collect(eventStore.readStream(name)),
    all: () => collect(eventStore.readAll({ after: -1n })),
    async dispose() {
      await eventStore.close();
      await vault.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a module's key pushes into w1. */
export function ingestRequest(events: readonly unknown[]): IngestRequest {
  return {
    workspace: 'w1',
    source: 'cdp',
    actor: 'key_1',
    bytes: 1_000,
    entries: events.map((value) => ({ kind: 'json', value })),
  };
}
