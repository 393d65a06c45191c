import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from '@jest/globals';
import { openEmbeddedDocumentStore } from '../../stores/document-store/embedded/open-embedded-document-store.js';
import { embeddedDocumentStorePlace } from '../support/embedded-document-store-place.js';

const PER_ROUND = 200;

/** Runs the writer from round `first` until it has begun `rounds` more rounds, and kills it in the middle of one. */
async function writeAndKill(file: string, first: number, rounds: number): Promise<void> {
  const writer = spawn(process.execPath, [join('test', 'support', 'document-writer.mjs'), file, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(writer, 'exit');
  for await (const line of createInterface({ input: writer.stdout })) {
    if (Number(line) >= first + rounds) writer.kill('SIGKILL');
  }
  await exited;
}

it('opens by itself after kill -9, with every document that was written before a checkpoint', async () => {
  const place = await embeddedDocumentStorePlace();
  let checkpoint = 0n;
  for (let cycle = 0; cycle < 8; cycle += 1) {
    await writeAndKill(place.file, Number(checkpoint) + 1, 3 + cycle);
    const store = await openEmbeddedDocumentStore({ file: place.file });
    const found = await store.readCheckpoint('things');
    expect(found).not.toBeNull();
    expect(found).toBeGreaterThanOrEqual(checkpoint);
    checkpoint = found ?? 0n;

    const upTo = { kind: 'range', path: ['round'], lte: Number(checkpoint) } as const;
    expect(await store.count('things@v1', { filter: upTo })).toBe(Number(checkpoint) * PER_ROUND);
    expect((await store.get('things@v1', 'w1/counter'))?.position).toBeGreaterThanOrEqual(checkpoint);

    // What was written behind the checkpoint is whole rounds; it goes, so that the next cycle writes them anew.
    const behind = await store.find('things@v1', {
      filter: { kind: 'range', path: ['round'], gt: Number(checkpoint) },
      limit: 10_000,
    });
    expect(behind.documents.length % PER_ROUND).toBe(0);
    await store.put(
      'things@v1',
      behind.documents.map(({ id, position }) => ({ id, expected: position, position, body: null, expires_at: 1 })),
    );
    await store.purgeExpired(1);
    await store.close();
  }
  expect(checkpoint).toBeGreaterThan(20n);
  await place.dispose();
});
