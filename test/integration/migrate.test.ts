import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { storesAsSource } from '../../app/backup/copy-source.js';
import { openEmbeddedTarget } from '../../app/backup/embedded-target.js';
import { openServerTarget } from '../../app/backup/server-target.js';
import { writeArchive } from '../../app/backup/write-archive.js';
import { openEventStoreDbEventStore } from '../../stores/event-store/eventstoredb/open-eventstoredb-event-store.js';
import { peekLog } from '../../stores/event-store/embedded/peek-log.js';
import { openMongodbVaultEntries } from '../../stores/vault/mongodb/mongodb-vault-entries.js';
import { openMongodbVault } from '../../stores/vault/mongodb/mongodb-vault.js';
import {
  copyFolder,
  copyInto,
  copyVaultKey,
  fillLog,
  fromFolder,
  makeDataFolder,
  never,
  portableTexts,
  restore,
  textsOf,
} from '../support/copies.js';
import { type EventStoreDbStandIn, startEventStoreDbStandIn } from '../support/eventstoredb-stand-in/stand-in.js';
import { type MongoStandIn, startMongoStandIn } from '../support/mongo-stand-in.js';
import { newEvent } from '../support/new-events.js';

let folder: Awaited<ReturnType<typeof copyFolder>>;
let events: EventStoreDbStandIn;
let mongo: MongoStandIn;
let dataDir: string;
const servers = () => ({ eventStoreUrl: events.url, mongodbUrl: mongo.url });

beforeEach(async () => {
  [folder, events, mongo] = await Promise.all([copyFolder(), startEventStoreDbStandIn(), startMongoStandIn()]);
  dataDir = folder.at('data');
});

afterEach(() => Promise.all([folder.dispose(), events.close(), mongo.dispose()]));

async function toServers(options: { readonly stopAt?: number } = {}) {
  return fromFolder(dataDir, async (source) => {
    const target = await openServerTarget({ servers: servers(), vaultKey: copyVaultKey, source });
    return copyInto(target, source, options).finally(() => target.close());
  });
}

const openLog = () => openEventStoreDbEventStore({ connectionString: events.url });

/** Works with what the servers hold as the source of a copy. */
async function fromServers<Result>(
  work: (source: Awaited<ReturnType<typeof storesAsSource>>) => Promise<Result>,
): Promise<Result> {
  const log = await openLog();
  const vault = await openMongodbVaultEntries({ url: mongo.url, vaultKey: copyVaultKey });
  try {
    return await work(await storesAsSource({ log, positions: 'opaque', vault }));
  } finally {
    await vault.close();
    await log.close();
  }
}

describe('a log and its vault', () => {
  it('are the same on servers, and the same again in a data folder, also through a backup of the servers', async () => {
    let keyId = '';
    await makeDataFolder(dataDir, async (log, vault) => {
      await fillLog(log, 150);
      keyId = (await vault.ensureKeys('w1', ['customer/1', 'customer/2'])).get('customer/2')?.keyId ?? '';
      await vault.destroyKey('w1', 'customer/2');
    });
    const there = await toServers();
    const back = await fromServers(async (source) => {
      expect(await writeArchive(source, folder.at('servers.cebe'), written)).toMatchObject({
        log: there.log,
        vault: there.vault,
      });
      const target = await openEmbeddedTarget({ dataDir: folder.at('back'), vaultKey: copyVaultKey, source });
      return copyInto(target, source).finally(() => target.close());
    });
    expect(back).toEqual(there);
    expect(await textsOf(folder.at('back'))).toEqual(await textsOf(dataDir));
    // Its events stand where they stood, but between the two they stood elsewhere.
    expect(peekLog(`${folder.at('back')}/log.sqlite`).id).not.toBe(peekLog(`${dataDir}/log.sqlite`).id);
    expect(await restore(folder.at('servers.cebe'), folder.at('restored'))).toEqual(there);
    const vault = await openMongodbVault({ url: mongo.url, vaultKey: copyVaultKey });
    expect((await vault.openKeys([keyId])).get(keyId)).toBe('destroyed');
    await vault.close();
  });

  const written = { signal: never(), madeAt: '2026-11-23T10:00:00.000Z', madeBy: '0.0.0-test', onProgress: () => undefined };

  it('go on where they were cut off, and no engine opens the servers before', async () => {
    await makeDataFolder(dataDir, async (log, vault) => {
      await fillLog(log, 80);
      await vault.ensureKeys('w1', ['customer/1']);
    });
    for (const stopAt of [1, 30, 100]) {
      await expect(toServers({ stopAt })).rejects.toThrow('cut off');
      await expect(openLog()).rejects.toMatchObject({ code: 'copy_unfinished' });
    }
    await toServers();
    const log = await openLog();
    expect(await portableTexts(log, 'opaque')).toEqual(await textsOf(dataDir));
    await log.close();
  });

  it('go on after an answer was lost, and after the server was away', async () => {
    await makeDataFolder(dataDir, (log) => fillLog(log, 40));
    await expect(toServers({ stopAt: 5 })).rejects.toThrow('cut off');
    await events.faults({ loseReplies: 2 });
    await toServers({ stopAt: 30 }).catch(() => undefined);
    await events.kill();
    await expect(toServers()).rejects.toMatchObject({ code: 'store_unavailable' });
    await events.start();
    await toServers();
    const log = await openLog();
    expect(await portableTexts(log, 'opaque')).toEqual(await textsOf(dataDir));
    await log.close();
  });

  it('are not copied over what is there, nor behind events that are not theirs', async () => {
    await makeDataFolder(dataDir, (log) => fillLog(log, 20));
    const first = await openLog();
    await first.append('customer-w1.stranger', 'no_stream', [newEvent()]);
    await first.close();
    await expect(toServers()).rejects.toMatchObject({ code: 'target_not_empty' });
    const vault = { url: mongo.url, vaultKey: copyVaultKey, log: Promise.resolve('another log') };
    await expect(openMongodbVault(vault)).rejects.toMatchObject({ code: 'data_folder_mixed' });
    const log = await openLog();
    expect(await portableTexts(log, 'opaque')).toHaveLength(1);
    await log.close();
  });
});

describe('places in the log that events name', () => {
  it('are those of the same events on servers', async () => {
    await makeDataFolder(dataDir, (log) => fillLog(log, 350));
    const named = new Map<string, string>();
    await toServers();
    const log = await openLog();
    const ids = new Map<string, string>();
    for await (const event of log.readAll({ after: -1n })) {
      ids.set(event.position.toString(), event.id);
      const place = event.data.plain['position'];
      if (typeof place === 'string') named.set(event.id, ids.get(place) ?? 'no event');
    }
    await log.close();
    const before = new Map<string, string>();
    const order: string[] = [];
    for (const text of await textsOf(dataDir)) {
      const { id, data } = JSON.parse(text) as { id: string; data: { plain: { position?: string } } };
      order.push(id);
      if (data.plain.position !== undefined) before.set(id, order[Number(data.plain.position)] ?? 'no event');
    }
    expect(named).toEqual(before);
    expect(named.size).toBe(50);
  });
});
