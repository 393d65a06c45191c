import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '../contracts/events/event.js';
import { readIdentifiers } from '../domain/identity/identifiers.js';
import { looksPersonal } from '../domain/identity/personal-values.js';
import { createDecoder } from '../runtime/decode.js';
import { openEmbeddedVault } from '../stores/vault/embedded/embedded-vault.js';
import { createRandomBytes } from '../stores/vault/random-bytes.js';
import { openPart, sealBody } from '../stores/vault/sealing.js';
import { customerSubject } from '../stores/vault/subjects.js';
import type { DataKey, Vault } from '../stores/vault/vault.port.js';

const randomBytes = createRandomBytes();
const vaultKey = { version: 1, key: new Uint8Array(32).fill(7) };
const profile = {
  plain: { updated_at: '2026-11-22T10:00:00Z' },
  hashes: { email: 'cg7dn2ndwv5fmoyf6qvvs5badtcts6uo' },
  direct: { email: 'ada@example.com', first_name: 'Ada', last_name: 'Lovelace' },
  quasi: { city: 'Bandung', plan: 'gold', language: 'id' },
};

function report(what: string, count: number, milliseconds: number): void {
  const each = `${((milliseconds * 1000) / count).toFixed(1)} µs each`.padStart(18);
  console.log(
    `${what.padEnd(74)}${Math.round((count * 1000) / milliseconds)
      .toLocaleString('en')
      .padStart(11)}/s${each}`,
  );
}

function measure(what: string, count: number, work: (index: number) => void): void {
  for (let index = 0; index < count / 10; index += 1) work(index);
  const start = performance.now();
  for (let index = 0; index < count; index += 1) work(index);
  report(what, count, performance.now() - start);
}

async function measureBatches(
  what: string,
  batches: readonly (readonly string[])[],
  work: (batch: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const start = performance.now();
  await Promise.all(batches.map(work));
  report(what, batches.flat().length, performance.now() - start);
}

function subjectsFrom(first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => customerSubject(String(first + index)));
}

function batchesOf(subjects: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(subjects.length / size) }, (_, index) =>
    subjects.slice(index * size, (index + 1) * size),
  );
}

function benchCrypto(): void {
  const key: DataKey = { keyId: 'abcdefghijklmnop', key: new Uint8Array(32).fill(1) };
  const binding = { workspace: 'w1', subject: 'customer/70012', eventId: '6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a01' };
  const sealing = { ...binding, key, randomBytes };
  const body = sealBody(profile, sealing);
  measure('seal a body of two parts, 6 fields', 100_000, () => sealBody(profile, sealing));
  measure('seal a body of one part, 3 fields', 100_000, () => sealBody({ ...profile, direct: {} }, sealing));
  measure('open one part, 3 fields', 100_000, () => body.sealed.slice(0, 1).map((part) => openPart(part, key.key, binding)));
  const named = [
    { kind: 'email', value: 'Ada@Example.com ' },
    { kind: 'phone', value: '0812-3456-7834' },
  ] as const;
  const identity = { source: 'cdp', lookUpKey: key.key };
  measure('normalise and hash an e-mail address', 100_000, () => readIdentifiers(named.slice(0, 1), identity));
  measure('normalise and hash a phone number', 50_000, () => readIdentifiers(named.slice(1), identity));
  measure('look for personal values in 6 undeclared fields', 100_000, () =>
    looksPersonal({ ...profile.quasi, note: 'two sugars', size: 'L', n: 3 }),
  );
}

async function benchKeys(vault: Vault): Promise<void> {
  const ensure = (batch: readonly string[]) => vault.ensureKeys('w1', batch);
  await measureBatches('make keys, requests of 1, 256 callers at a time', batchesOf(subjectsFrom(0, 256), 1), ensure);
  await measureBatches('make keys, requests of 1, all at once', batchesOf(subjectsFrom(1_000, 20_000), 1), ensure);
  await measureBatches('make keys, requests of 100', batchesOf(subjectsFrom(100_000, 50_000), 100), ensure);
  const start = performance.now();
  for (let index = 0; index < 500; index += 1) await vault.ensureKeys('w1', [customerSubject(`one-${index}`)]);
  report('make keys, one after the other (an fsync each)', 500, performance.now() - start);
  await measureBatches(
    'keys of 20,000 known customers, cached, requests of 100',
    batchesOf(subjectsFrom(130_000, 20_000), 100),
    ensure,
  );
}

async function benchReading(vault: Vault): Promise<void> {
  const subjects = subjectsFrom(100_000, 20_000);
  const keys = await vault.ensureKeys('w1', subjects);
  const at = '2026-11-22T10:00:00.000Z';
  const events = [...keys].map(([subject, key], index): RecordedEvent => ({
    id: `e${index}`,
    type: 'customer.updated',
    stream: `customer-w1.${subject.slice('customer/'.length)}`,
    revision: 0n,
    position: BigInt(index),
    data: sealBody(profile, { workspace: 'w1', subject, eventId: `e${index}`, key, randomBytes }),
    metadata: {
      workspace_id: 'w1',
      message_id: 'm',
      source: 'cdp',
      schema_version: 1,
      occurred_at: at,
      received_at: at,
      correlation_id: 'c',
      causation_id: 'c',
      actor: 'a',
    },
  }));
  const { decode } = createDecoder({ vault });
  for (const opensQuasi of [true, false]) {
    const start = performance.now();
    for (let from = 0; from < events.length; from += 500) await decode(events.slice(from, from + 500), { opensQuasi });
    report(
      `decode batches of 500, ${opensQuasi ? 'quasi opened, keys cached' : 'left sealed'}`,
      events.length,
      performance.now() - start,
    );
  }
}

async function benchColdKeys(vault: Vault, keyIds: readonly string[]): Promise<void> {
  await measureBatches('open keys that are not cached, requests of 500', batchesOf(keyIds, 500), (batch) =>
    vault.openKeys(batch),
  );
}

console.log(
  `sealing and keys: ${String(cpus().length)} cores, node ${process.version}, embedded vault, fsync for every answer\n`,
);
const folder = await mkdtemp(join(tmpdir(), 'cebe-bench-vault-'));
try {
  const file = join(folder, 'vault.sqlite');
  benchCrypto();
  const vault = await openEmbeddedVault({ file, vaultKey });
  await benchKeys(vault);
  await benchReading(vault);
  const keyIds = [...(await vault.ensureKeys('w1', subjectsFrom(100_000, 20_000))).values()].map(({ keyId }) => keyId);
  await vault.close();
  const reopened = await openEmbeddedVault({ file, vaultKey });
  await benchColdKeys(reopened, keyIds);
  await reopened.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
