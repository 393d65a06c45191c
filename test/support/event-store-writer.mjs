// A process of its own for crash tests: appends until it is killed and prints each id once its append was answered.
import { randomUUID } from 'node:crypto';
import { openEmbeddedEventStore } from '../../dist/stores/event-store/embedded/open-embedded-event-store.js';

const [file, writers] = process.argv.slice(2);
const { store } = await openEmbeddedEventStore({ file, segmentEvents: 256 });
const metadata = { workspace_id: 'w1', message_id: 'm', source: 's', schema_version: 1, actor: 'a' };

async function write(stream) {
  for (let revision = -1n; ;) {
    const events = Array.from({ length: 3 }, () => ({
      id: randomUUID(),
      type: 'order_created',
      data: { plain: { text: 'x'.repeat(300) }, hashes: {}, sealed: [] },
      metadata,
    }));
    revision = (await store.append(stream, revision < 0n ? 'no_stream' : revision, events)).revision;
    process.stdout.write(events.map((event, index) => `${event.id} ${stream} ${revision - 2n + BigInt(index)}\n`).join(''));
    if (revision > 100n) {
      stream = `customer-w1.${randomUUID()}`;
      revision = -1n;
    }
  }
}

await Promise.all(Array.from({ length: Number(writers) }, () => write(`customer-w1.${randomUUID()}`)));
