import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from '@jest/globals';
import { BEFORE_FIRST } from '../../contracts/events/event.js';
import { checkIntegrity } from '../../stores/event-store/embedded/check-integrity.js';
import { collect, newEvent } from '../support/new-events.js';
import { embeddedEventStorePlace } from '../support/embedded-event-store-place.js';

interface Acknowledged {
  readonly id: string;
  readonly stream: string;
  readonly revision: string;
}

/** Runs the writer until it has acknowledged some events and kills it in the middle of the next. */
async function writeAndKill(file: string, enough: number): Promise<readonly Acknowledged[]> {
  const writer = spawn(process.execPath, [join('test', 'support', 'event-store-writer.mjs'), file, '16'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(writer, 'exit');
  const acknowledged: Acknowledged[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    const [id = '', stream = '', revision = ''] = line.split(' ');
    acknowledged.push({ id, stream, revision });
    if (acknowledged.length === enough) writer.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}

it('holds every acknowledged event after each of several kill -9, whole appends only, and opens by itself', async () => {
  const place = await embeddedEventStorePlace();
  const acknowledged: Acknowledged[] = [];
  for (const enough of [3, 200, 900, 1500, 2400]) {
    acknowledged.push(...(await writeAndKill(place.file, enough)));
    const { store } = await place.open();
    const stored = await collect(store.readAll({ after: BEFORE_FIRST }));
    const places = new Map(stored.map((event) => [event.id, `${event.stream} ${String(event.revision)}`]));
    for (const { id, stream, revision } of acknowledged) expect(places.get(id)).toBe(`${stream} ${revision}`);
    expect(stored.map((event) => event.position)).toEqual(stored.map((_, index) => BigInt(index)));
    const lengths = new Map<string, number>();
    for (const event of stored) lengths.set(event.stream, Number(event.revision) + 1);
    for (const length of lengths.values()) expect(length % 3).toBe(0);
    for (const [stream, length] of [...lengths].slice(-5)) {
      expect((await store.streamHeads([stream])).get(stream)).toBe(BigInt(length - 1));
      // An odd one out would make the next round's whole appends look torn: three at a time.
      await store.append(stream, BigInt(length - 1), [newEvent(), newEvent(), newEvent()]);
    }
    expect((await checkIntegrity(place.file, { depth: 'deep' })).problems).toEqual([]);
    await store.close();
  }
  await place.dispose();
});
