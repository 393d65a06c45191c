import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classify, listContracts } from '../../contracts/events/registry.js';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import type { EventContract } from '../../contracts/events/event-contract.js';
import { parseStreamName, streamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import { looksPersonal } from '../../domain/identity/personal-values.js';
import { createDecoder } from '../../runtime/decode.js';
import { createDirectValues } from '../../runtime/direct-values.js';
import { sealBody } from '../../stores/vault/sealing.js';
import { subjectOfStream } from '../../stores/vault/subjects.js';
import { arbitraryBody } from '../support/arbitrary-body.js';
import { arbitraryWire } from '../support/arbitrary-wire.js';
import { openIngest, type IngestUnderTest } from '../support/ingest.js';
import { newEvent } from '../support/new-events.js';

const named = (contract: EventContract) => [contract.type, contract] as const;
const contracts = listContracts();
const SOME = { minLength: 1, maxLength: 12 } as const;
const RUNS = { numRuns: 4 } as const;

describe('every contract: generate ▸ append ▸ read ▸ equal', () => {
  let open: IngestUnderTest;
  beforeAll(async () => {
    open = await openIngest();
  });
  afterAll(() => open.dispose());

  /** The whole body of a stored event: plain, opened quasi and opened direct fields. */
  async function bodyOf(recorded: RecordedEvent): Promise<JsonObject> {
    const [result] = await createDecoder({ vault: open.vault }).decode([recorded], { opensQuasi: true });
    if (result?.ok !== true) throw result?.error as Error;
    const { direct, data, stream }: DecodedEvent = result.event;
    const owner = { workspace: stream.workspace, subject: subjectOfStream(stream) };
    const values = await createDirectValues({ vault: open.vault }).openDirect(Object.values(direct), owner);
    const opened = Object.keys(direct).flatMap((field, index) => {
      const value = values[index];
      return value === undefined ? [] : [[field, value] as const];
    });
    return { ...data, ...Object.fromEntries(opened) };
  }

  it.each(contracts.filter(({ intake }) => intake).map(named))('%s, as modules push it', async (type, contract) => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryWire(contract), SOME), async (bodies) => {
        const isOfCustomer = contract.streamField === undefined;
        const id = randomUUID();
        const whose = isOfCustomer ? { customer: { qontak_customer_id: id } } : {};
        const events = bodies.map(({ properties }) => ({ type, message_id: `m-${randomUUID()}`, ...whose, properties }));
        const { receipts } = await open.push(events);
        expect(receipts.map((receipt) => ('code' in receipt ? receipt : receipt.status))).toEqual(bodies.map(() => 'accepted'));
        const all = isOfCustomer ? await open.stream(`customer-w1.${id}`) : await open.all();
        const byId = new Map(all.map((event) => [event.id, event]));
        const found = receipts.flatMap(({ event_id }) => byId.get(event_id) ?? []);
        expect(await Promise.all(found.map(bodyOf))).toEqual(bodies.map(({ stored }) => stored));
      }),
      RUNS,
    );
  });

  it.each(contracts.map(named))('%s, as the engine records it', async (type, contract) => {
    const stream = streamName(contract.category, 'w1', randomUUID());
    const ref = parseStreamName(stream);
    const subject = ref === null ? '' : subjectOfStream(ref);
    const key = (await open.vault.ensureKeys('w1', [subject])).get(subject);
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryBody(contract), SOME), async (bodies) => {
        const events = bodies.map((body) => {
          const id = randomUUID();
          const { plain, direct, special, quasi } = classify(type, body, { looksPersonal });
          const fields = { plain, quasi, direct: { ...direct, ...special }, hashes: {} };
          const data = sealBody(fields, { workspace: 'w1', subject, eventId: id, key, randomBytes });
          const made = newEvent({ id, type, data });
          return { ...made, metadata: { ...made.metadata, schema_version: contract.version } };
        });
        const before = await open.stream(stream);
        const revision = before.length === 0 ? 'no_stream' : BigInt(before.length - 1);
        await open.eventStore.append(stream, revision, events);
        const after = (await open.stream(stream)).slice(before.length);
        expect(await Promise.all(after.map(bodyOf))).toEqual(bodies);
      }),
      RUNS,
    );
  });
});
