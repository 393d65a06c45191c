// A process of its own for crash tests: writes rounds of documents, each round followed by its checkpoint, until it is killed.
import { openEmbeddedDocumentStore } from '../../dist/stores/document-store/embedded/open-embedded-document-store.js';

const [file, first] = process.argv.slice(2);
const PER_ROUND = 200;
const store = await openEmbeddedDocumentStore({ file });
await store.ensureCollection('things@v1', [{ name: 'round', paths: [['round']] }]);
for (let round = Number(first); ; round += 1) {
  const position = BigInt(round);
  const ids = Array.from({ length: PER_ROUND }, (_, index) => `w1/${String(round)}-${String(index)}`);
  const fresh = ids.map((id) => ({ id, expected: 'none', position, body: { round, filling: 'x'.repeat(500) } }));
  // One document changes in every round, so that updates are killed too.
  const counter = await store.get('things@v1', 'w1/counter');
  const changed = { id: 'w1/counter', expected: counter?.position ?? 'none', position, body: { rounds: round } };
  // Nothing is awaited between the documents and their checkpoint: the order alone must do.
  void store.put('things@v1', [...fresh, changed]);
  void store.writeCheckpoint('things', position);
  if (round % 2 === 0) await store.readCheckpoint('things');
  process.stdout.write(`${String(round)}\n`);
}
