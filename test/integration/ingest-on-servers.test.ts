import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import type { Receipt } from '../../commands/ingest/receipts.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { startEventStoreDbStandIn, type EventStoreDbStandIn } from '../support/eventstoredb-stand-in/stand-in.js';
import { openIngestNode, type IngestNode } from '../support/ingest-on-servers.js';
import { startMongoStandIn, type MongoStandIn } from '../support/mongo-stand-in.js';
import { collect } from '../support/new-events.js';

describe('two processes that ingest into the same servers', () => {
  let log: EventStoreDbStandIn;
  let documents: MongoStandIn;
  let servers: { eventStoreUrl: string; mongodbUrl: string; database: string };
  let one: IngestNode;
  let other: IngestNode;
  /** Sets the customers and messages of a test apart from those of the others. */
  let tag = '';

  beforeAll(async () => {
    [log, documents] = await Promise.all([startEventStoreDbStandIn(), startMongoStandIn()]);
    servers = { eventStoreUrl: log.url, mongodbUrl: documents.url, database: 'cebe' };
  });

  beforeEach(async () => {
    tag = randomUUID().slice(0, 8);
    one = await openIngestNode(servers);
    other = await openIngestNode(servers);
  });

  afterEach(async () => {
    await Promise.all([one.close(), other.close()]);
  });

  afterAll(async () => {
    await Promise.all([log.close(), documents.dispose()]);
  });

  const note = (message: string, customer = 'a', more: object = {}): object => ({
    type: 'note_added',
    message_id: `${tag}-${message}`,
    customer: { qontak_customer_id: `${tag}-${customer}` },
    properties: { text: message },
    ...more,
  });

  const stored = async (customer = 'a'): Promise<readonly RecordedEvent[]> =>
    collect(one.eventStore.readStream(`customer-w1.${tag}-${customer}`));

  const messages = async (customer?: string): Promise<readonly string[]> =>
    (await stored(customer)).map(({ metadata }) => metadata.message_id);

  const statuses = (receipts: readonly Receipt[]): readonly string[] => receipts.map(({ status }) => status);

  it('answer a repeat at the other one as a duplicate with the same place, whomever it names', async () => {
    const first = (await one.push([note('m1')])).receipts;
    const again = (await other.push([note('m1')])).receipts;
    const renamed = (await other.push([note('m1', 'b')])).receipts;
    const [accepted] = first;
    expect(statuses([...first, ...again, ...renamed])).toEqual(['accepted', 'duplicate', 'duplicate']);
    for (const receipt of [...again, ...renamed])
      expect(receipt).toMatchObject({ position: accepted?.position, qontak_customer_id: `${tag}-a` });
    expect(other.differingBodies()).toBe(1);
    expect(await messages()).toEqual([`${tag}-m1`]);
    expect(await messages('b')).toEqual([]);
  });

  it('store a message once that was sent as anonymous and is repeated as known', async () => {
    const device = `${tag}-device`;
    const first = (await one.push([note('m1', 'a', { customer: { identifiers: { anonymous_id: device } } })])).receipts;
    const known = { qontak_customer_id: `${tag}-a`, identifiers: { anonymous_id: device } };
    const again = (await other.push([note('m1', 'a', { customer: known })])).receipts;
    expect(statuses([...first, ...again])).toEqual(['accepted', 'duplicate']);
    expect(again[0]).toMatchObject({ qontak_customer_id: expect.stringMatching(/^c_/) });
    expect(await messages()).toEqual([]);
  });

  it('give an identifier to one owner when sixteen writers claim it at once', async () => {
    const customer = { identifiers: { email: `${tag}@mail.example` } };
    const pushes = Array.from({ length: 16 }, (_, at) =>
      (at % 2 === 0 ? one : other).push([note(`m${String(at)}`, 'a', { customer })]),
    );
    const receipts = (await Promise.all(pushes)).flatMap((answer) => answer.receipts);
    expect(statuses(receipts)).toEqual(Array.from({ length: 16 }, () => 'accepted'));
    const owners = receipts.map((receipt) => ('qontak_customer_id' in receipt ? receipt.qontak_customer_id : ''));
    expect(new Set(owners).size).toBe(1);
  });

  it('store an event once whose append was not answered, and accept it once', async () => {
    await one.push([note('m0')]);
    await log.faults({ loseReplies: 1 });
    const first = (await one.push([note('m1'), note('m2')])).receipts;
    const again = (await other.push([note('m2', 'b'), note('m1')])).receipts;
    expect(statuses([...first, ...again])).toEqual(['accepted', 'accepted', 'duplicate', 'duplicate']);
    expect(await messages()).toEqual(['m0', 'm1', 'm2'].map((message) => `${tag}-${message}`));
  });

  it('store an event once whose pin was stored and not answered', async () => {
    // The customer's key is there already, so that the next write is that of the pins.
    await one.push([note('m0')]);
    await documents.fail({ commands: ['update'], closeAfterApplying: true, times: 3 });
    const first = (await one.push([note('m1'), note('m2')])).receipts;
    const again = (await other.push([note('m2', 'b'), note('m1', 'b')])).receipts;
    expect(statuses([...first, ...again])).toEqual(['accepted', 'accepted', 'duplicate', 'duplicate']);
    expect([await messages(), await messages('b')]).toEqual([['m0', 'm1', 'm2'].map((message) => `${tag}-${message}`), []]);
  });

  it('place an event that was pinned and never stored where it was pinned, whoever brings it again', async () => {
    const lost = (await one.push([note('lost', 'elsewhere')])).receipts[0]?.event_id ?? '';
    // The same message under the id of another source cannot be made by hand: a pin whose event is not behind it stands for a crash.
    const pin = { event_id: lost, stream: `customer-w1.${tag}-a`, after: -1n };
    const client = new MongoClient(documents.url);
    const pins = client.db('cebe').collection<{ _id: string }>('documents/event_pins');
    await pins.updateOne({ _id: lost }, { $set: { 'body.stream': pin.stream, 'body.after': '-1' } });
    await client.close();
    const receipts = (await other.push([note('lost', 'b')])).receipts;
    expect(receipts).toMatchObject([{ status: 'accepted', qontak_customer_id: `${tag}-a` }]);
    expect((await one.push([note('lost', 'c')])).receipts).toMatchObject([
      { status: 'duplicate', qontak_customer_id: `${tag}-a` },
    ]);
    expect(await messages()).toEqual([`${tag}-lost`]);
    expect([await messages('b'), await messages('c')]).toEqual([[], []]);
  });

  it('store each event once that both are given at the same moment, and accept it at least once', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `m${String(index)}`);
    const answers = await Promise.all(names.map((name) => Promise.all([one.push([note(name)]), other.push([note(name)])])));
    for (const [{ receipts: here }, { receipts: there }] of answers) {
      expect(here[0]?.event_id).toBe(there[0]?.event_id);
      expect(statuses([...here, ...there])).toContain('accepted');
    }
    expect([...(await messages())].sort()).toEqual(names.map((name) => `${tag}-${name}`).sort());
  });

  it('store each event once that both are given at the same moment for different customers', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `m${String(index)}`);
    const answers = await Promise.all(
      names.map((name) => Promise.all([one.push([note(name, 'a')]), other.push([note(name, 'b')])])),
    );
    for (const [{ receipts: here }, { receipts: there }] of answers) {
      expect(there).toMatchObject([{ event_id: here[0]?.event_id }]);
      expect('qontak_customer_id' in (here[0] ?? {}) && here[0]).toMatchObject({
        qontak_customer_id: there[0] !== undefined && 'qontak_customer_id' in there[0] ? there[0].qontak_customer_id : '',
      });
    }
    const all = [...(await messages('a')), ...(await messages('b'))];
    expect(all.sort()).toEqual(names.map((name) => `${tag}-${name}`).sort());
  });

  it('record a set of identifiers once, whichever of their events names it first', async () => {
    const identifiers = { email: `${tag}@example.com`, external_id: tag };
    const pushes = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? one : other).push([
        note(`m${String(index)}`, 'a', { customer: { qontak_customer_id: `${tag}-a`, identifiers } }),
      ]),
    );
    const receipts = (await Promise.all(pushes)).flatMap((answer) => answer.receipts);
    expect(new Set(statuses(receipts))).toEqual(new Set(['accepted']));
    const events = await stored();
    expect(events.filter(({ type }) => type === 'note_added')).toHaveLength(20);
    const identified = events.filter(({ type }) => type === 'customer.identified');
    expect(identified).toHaveLength(1);
    const [fact] = identified.map(({ id }) => id);
    expect((await other.pins.lookUp([fact ?? ''])).get(fact ?? '')?.stream).toBe(`customer-w1.${tag}-a`);
  });

  it('still know every event after both servers were restarted', async () => {
    const names = ['m1', 'm2', 'm3'];
    await one.push(names.map((name) => note(name)));
    await Promise.all([log.kill(), documents.stop()]);
    await expect(one.push([note('m4')])).rejects.toMatchObject({
      code: expect.stringMatching(/^(store_(unavailable|timeout)|append_outcome_unknown)$/),
    });
    await Promise.all([log.start(), documents.start()]);
    const answer = await untilTaken(() => other.push([...names, 'm4'].map((name) => note(name, 'b'))));
    expect(statuses(answer.receipts)).toEqual(['duplicate', 'duplicate', 'duplicate', 'accepted']);
    expect(await messages()).toEqual(names.map((name) => `${tag}-${name}`));
  });

  it('refuse while the pins are rebuilt after the documents were dropped, and know every event afterwards', async () => {
    const identifiers = { external_id: tag };
    const names = ['m1', 'm2', 'm3'];
    const events = names.map((name) => note(name, 'a', { customer: { qontak_customer_id: `${tag}-a`, identifiers } }));
    await one.push(events);
    const before = await stored();
    const client = new MongoClient(documents.url);
    await client.db('cebe').dropDatabase();
    await client.close();
    await expect(one.push(events)).rejects.toMatchObject({ code: 'pins_rebuilding', retryable: true });
    const answers = [await untilTaken(() => one.push(events)), await untilTaken(() => other.push(events))];
    expect(answers.flatMap(({ receipts }) => statuses(receipts))).toEqual(Array.from({ length: 6 }, () => 'duplicate'));
    expect(await stored()).toEqual(before);
    expect(one.pins.progress().complete).toBe(true);
  });
});

/** As a client does that is told to send again. */
async function untilTaken<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      expect(error).toMatchObject({ retryable: true });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
