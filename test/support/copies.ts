import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveAsSource, checkArchive } from '../../app/backup/read-archive.js';
import { copyStores, type CopyReport } from '../../app/backup/copy-stores.js';
import { type CopySource, storesAsSource } from '../../app/backup/copy-source.js';
import type { CopyTarget } from '../../app/backup/copy-target.js';
import { openEmbeddedTarget } from '../../app/backup/embedded-target.js';
import { portableEvents, walkedLog } from '../../app/backup/portable-event.js';
import type { PositionKind } from '../../app/backup/position-trail.js';
import { writeArchive } from '../../app/backup/write-archive.js';
import type { NewEvent } from '../../contracts/events/event.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import { readEmbeddedLog } from '../../stores/event-store/embedded/read-embedded-log.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { readEmbeddedVault } from '../../stores/vault/embedded/embedded-vault-entries.js';
import { openEmbeddedVault } from '../../stores/vault/embedded/embedded-vault.js';
import type { Vault } from '../../stores/vault/vault.port.js';
import { testVaultKey } from './embedded-vault-place.js';
import { newEvent } from './new-events.js';

export const copyVaultKey = { version: 1, key: testVaultKey, from: 'the test' };

/** A temporary folder for data folders and backups. */
export async function copyFolder(): Promise<{ readonly at: (name: string) => string; dispose(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-copies-'));
  return { at: (name) => join(folder, name), dispose: () => rm(folder, { recursive: true, force: true }) };
}

/** Fills a log with streams that take turns, and among them chunks of an evaluation that name places in the log. */
export async function fillLog(store: EventStore, count: number, options: { readonly from?: number } = {}): Promise<void> {
  const heads = new Map<string, bigint>();
  let before = await store.head();
  for (let at = options.from ?? 0; at < (options.from ?? 0) + count; at += 1) {
    const isChunk = at % 7 === 6;
    const stream = isChunk ? 'segment-w1.vips' : `customer-w1.${(at * at) % 11}`;
    const revision = heads.get(stream) ?? (await store.streamHeads([stream])).get(stream) ?? -1n;
    const events = isChunk ? [chunk(before, at)] : Array.from({ length: (at % 3) + 1 }, () => newEvent());
    const stored = await store.append(stream, revision < 0n ? 'no_stream' : revision, events);
    heads.set(stream, stored.revision);
    // Chunks of an evaluation name the newest event, each other, or one some time ago.
    if (at % 5 !== 0) before = stored.position;
  }
}

function chunk(position: bigint, at: number): NewEvent {
  const plain = { evaluation_id: 'v1', chunk: at, entered: ['70012'], exited: [], position: position.toString() };
  return newEvent({ type: 'segment.evaluated', data: { plain, hashes: {}, sealed: [] } });
}

/** A new data folder with a log and a vault, as an engine that has stopped leaves it. */
export async function makeDataFolder(dataDir: string, fill: (log: EventStore, vault: Vault) => Promise<void>): Promise<void> {
  await (await openEmbeddedTarget({ dataDir, vaultKey: copyVaultKey, source: { storeId: '', positions: 'opaque' } })).close();
  await rm(join(dataDir, 'unfinished-copy.json'));
  const { store } = await openEmbeddedEventStore({ file: join(dataDir, 'log.sqlite') });
  const vault = await openEmbeddedVault({
    file: join(dataDir, 'vault.sqlite'),
    vaultKey: copyVaultKey,
    log: Promise.resolve(store.id),
  });
  try {
    await fill(store, vault);
  } finally {
    await vault.close();
    await store.close();
  }
}

/** Works with the log and vault of a data folder as the source of a copy. */
export async function fromFolder<Result>(dataDir: string, work: (source: CopySource) => Promise<Result>): Promise<Result> {
  const log = await readEmbeddedLog(join(dataDir, 'log.sqlite'));
  const vault = readEmbeddedVault(join(dataDir, 'vault.sqlite'));
  return work(await storesAsSource({ log, positions: 'counted', vault })).finally(() => log.close());
}

/** Writes a backup of a data folder. */
export function backUp(dataDir: string, file: string, signal = never()) {
  const options = { signal, madeAt: '2026-11-23T10:00:00.000Z', madeBy: '0.0.0-test', onProgress: () => undefined };
  return fromFolder(dataDir, (source) => writeArchive(source, file, options));
}

/** Restores a backup into a data folder; `stopAt` cuts it off at that event. */
export async function restore(file: string, dataDir: string, options: { readonly stopAt?: number } = {}): Promise<CopyReport> {
  const source = archiveAsSource(file, await checkArchive(file, { signal: never(), onProgress: () => undefined }));
  const target = await openEmbeddedTarget({ dataDir, vaultKey: copyVaultKey, source });
  return copyInto(target, source, options).finally(() => target.close());
}

/** Copies, and cuts the copy off at an event if that is asked for. */
export function copyInto(
  target: CopyTarget,
  source: CopySource,
  options: { readonly stopAt?: number } = {},
): Promise<CopyReport> {
  const stop = new AbortController();
  let events = 0;
  return copyStores(source, target, {
    signal: stop.signal,
    onProgress: () => {
      events += 1;
      if (events === options.stopAt) stop.abort(new Error('cut off'));
    },
    onVerified: () => undefined,
  });
}

/** Every event of a log as text that is the same in each store. */
export async function portableTexts(log: Pick<EventStore, 'readAll'>, positions: PositionKind): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const { text } of portableEvents(walkedLog(log, positions))) texts.push(text);
  return texts;
}

/** As `portableTexts`, of a data folder. */
export async function textsOf(dataDir: string): Promise<readonly string[]> {
  const log = await readEmbeddedLog(join(dataDir, 'log.sqlite'));
  return portableTexts(log, 'counted').finally(() => log.close());
}

/** A signal that never comes. */
export function never(): AbortSignal {
  return new AbortController().signal;
}
