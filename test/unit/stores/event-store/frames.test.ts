import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packAppends, unpackAppends } from '../../../../stores/event-store/embedded/append-frames.js';
import { packOutcomes, unpackOutcomes, type AppendOutcome } from '../../../../stores/event-store/embedded/append-outcome.js';
import { bodyText, packRows, unpackEvents } from '../../../../stores/event-store/embedded/row-frames.js';
import { EngineError } from '../../../../contracts/errors.js';
import { isUuid, readUuid, writeUuid } from '../../../../stores/event-store/embedded/uuid-bytes.js';
import { newEvent } from '../../../support/new-events.js';

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
const order = fc.record({
  kind: fc.constantFrom('append' as const, 'append_once' as const),
  stream: text,
  after: fc.integer({ min: -1, max: 1e9 }),
  events: fc.array(fc.record({ id: fc.uuid(), body: text }), { maxLength: 4 }),
});

it('unpacks appends as they were packed', () => {
  fc.assert(
    fc.property(fc.array(order, { maxLength: 5 }), (orders) => {
      const unpacked = unpackAppends(packAppends(orders)).map((append) => ({
        ...append,
        events: append.events.map((event) => ({ id: readUuid(event.id, 0), body: Buffer.from(event.body).toString('utf8') })),
      }));
      expect(unpacked).toEqual(orders);
    }),
  );
});

it('unpacks outcomes as they were packed, refusals among them', () => {
  const outcomes: AppendOutcome[] = [
    { placed: [{ revision: 3, position: 9, duplicate: false }] },
    { refusal: new EngineError('wrong_expected_revision', 'no', { details: { actual: 4n } }) },
    {
      placed: [
        { revision: 1, position: 2, duplicate: true },
        { revision: 4, position: 10, duplicate: false },
      ],
    },
  ];
  const unpacked: AppendOutcome[] = [];
  unpackOutcomes(packOutcomes(outcomes), (outcome) => unpacked.push(outcome));
  expect(unpacked).toEqual(outcomes);
});

it('unpacks events as they were packed', () => {
  const events = [newEvent(), newEvent({ type: 'ünusual ✓' })];
  const rows = events.map((event, index) => {
    const id = Buffer.alloc(16);
    writeUuid(id, 0, event.id);
    return {
      position: index,
      streamNumber: 1,
      stream: `customer-w1.é${String(index)}`,
      revision: index,
      id,
      body: Buffer.from(bodyText(event)),
    };
  });
  expect(unpackEvents(packRows(rows))).toEqual(
    events.map((event, index) => ({
      ...event,
      stream: `customer-w1.é${String(index)}`,
      revision: BigInt(index),
      position: BigInt(index),
    })),
  );
});

it('takes lower-case UUIDs and nothing else', () => {
  fc.assert(fc.property(fc.uuid(), (id) => isUuid(id)));
  for (const id of ['', 'A0000000-0000-0000-0000-000000000000', 'g0000000-0000-0000-0000-000000000000', '0'.repeat(36)])
    expect(isUuid(id)).toBe(false);
});
