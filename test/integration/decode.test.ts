import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EngineError } from '../../contracts/errors.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { createDecoder } from '../../runtime/decode.js';
import type { DecodeEvents } from '../../runtime/processor/decoding.js';
import { createDirectValues } from '../../runtime/direct-values.js';
import { type ClassifiedFields, isPersonal, sealBody } from '../../stores/vault/sealing.js';
import { customerSubject } from '../../stores/vault/subjects.js';
import type { Vault } from '../../stores/vault/vault.port.js';
import { embeddedVaultPlace } from '../support/embedded-vault-place.js';

let place: Awaited<ReturnType<typeof embeddedVaultPlace>>;
let vault: Vault;

beforeAll(async () => {
  place = await embeddedVaultPlace();
  vault = await place.open();
});

afterAll(async () => {
  await vault.close();
  await place.dispose();
});

interface Given {
  readonly id: string;
  readonly customer: string;
  readonly type?: string;
  readonly version?: number;
  readonly fields: Partial<ClassifiedFields>;
}

async function recorded({ id, customer, type = 'customer.updated', version = 1, fields }: Given): Promise<RecordedEvent> {
  const all: ClassifiedFields = { plain: {}, hashes: {}, direct: {}, quasi: {}, ...fields };
  const subject = customerSubject(customer);
  const key = isPersonal(all) ? (await vault.ensureKeys('w1', [subject])).get(subject) : undefined;
  const at = '2026-11-22T10:00:00.000Z';
  return {
    id,
    type,
    stream: `customer-w1.${customer}`,
    revision: 0n,
    position: 7n,
    data: sealBody(all, { workspace: 'w1', subject, eventId: id, key, randomBytes }),
    metadata: {
      workspace_id: 'w1',
      message_id: id,
      source: 'cdp',
      schema_version: version,
      occurred_at: at,
      received_at: at,
      correlation_id: id,
      causation_id: id,
      actor: 'key_1',
    },
  };
}

const ada = {
  plain: { updated_at: '2026-11-22T10:00:00Z' },
  hashes: { email: 'he' },
  direct: { email: 'ada@example.com', 'context.ip': '10.0.0.1' },
  quasi: { city: 'Bandung', 'context.locale': 'id', 'context.app': { name: 'shop' } },
};

async function decodeOne(event: RecordedEvent, options: Parameters<DecodeEvents>[1], from: Pick<Vault, 'openKeys'> = vault) {
  const [result] = await createDecoder({ vault: from }).decode([event], options);
  if (result === undefined) throw new Error('expected one result');
  if (!result.ok) throw result.error as Error;
  return result.event;
}

describe('decoding an event', () => {
  it('opens quasi values, gathers the context, and answers direct values as references', async () => {
    const event = await recorded({ id: 'e1', customer: '1', fields: ada });
    const decoded = await decodeOne(event, { opensQuasi: true });
    expect(decoded).toMatchObject({
      id: 'e1',
      stream: { category: 'customer', workspace: 'w1', id: '1' },
      revision: 0n,
      position: 7n,
      hashes: { email: 'he' },
      erased: false,
    });
    expect(decoded.data).toEqual({ ...ada.plain, city: 'Bandung', context: { locale: 'id', app: { name: 'shop' } } });
    expect(Object.keys(decoded.direct)).toEqual(['email', 'context.ip']);
    expect(decoded.direct['email']).toEqual({
      part: event.data.sealed[0],
      field: 'email',
      event_id: 'e1',
      event_type: 'customer.updated',
      schema_version: 1,
    });
    expect(JSON.stringify(decoded.direct)).not.toContain('ada@example.com');
  });

  it('leaves everything sealed, and asks for no key, where quasi values are not wanted', async () => {
    const event = await recorded({ id: 'e1', customer: '1', fields: ada });
    const noVault = { openKeys: () => Promise.reject(new EngineError('store_unavailable', 'expected not to be asked')) };
    const decoded = await decodeOne(event, { opensQuasi: false }, noVault);
    expect(decoded.data).toEqual(ada.plain);
    expect(Object.keys(decoded.direct)).toEqual(['email', 'context.ip']);
    await expect(decodeOne(event, { opensQuasi: true }, noVault)).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('opens quasi values of events of the wanted types only, and asks for no key of others', async () => {
    const wanted = new Set(['customer.updated']);
    const update = await recorded({ id: 'e1', customer: '1', fields: ada });
    const visit = await recorded({ id: 'e2', customer: '2', type: 'shop_visited', fields: ada });
    const asked: string[] = [];
    const results = await createDecoder({
      vault: {
        openKeys(keyIds) {
          asked.push(...keyIds);
          return vault.openKeys(keyIds);
        },
      },
    }).decode([update, visit], { opensQuasi: wanted });
    expect(results.map((result) => result.ok && Object.keys(result.event.data))).toEqual([
      ['updated_at', 'city', 'context'],
      ['updated_at'],
    ]);
    expect(new Set(asked)).toEqual(new Set(update.data.sealed.map((part) => part.key_id)));
  });

  it('says that an event is erased, without its sealed fields, once the key is destroyed', async () => {
    const event = await recorded({ id: 'e1', customer: 'erased', fields: ada });
    await vault.destroyKey('w1', customerSubject('erased'));
    expect(await decodeOne(event, { opensQuasi: true })).toMatchObject({
      data: ada.plain,
      direct: {},
      hashes: { email: 'he' },
      erased: true,
    });
  });

  it('brings plain, opened and referenced fields of an old version to today’s names and forms', async () => {
    const call = {
      plain: { call_id: 'c1', agent_id: 'a1', created_at: '2026-11-22T10:00:00Z', duration: '02:05' },
      direct: { note: 'Ada called' },
    };
    const event = await recorded({ id: 'e2', customer: '1', type: 'call_logged', version: 1, fields: call });
    const decoded = await decodeOne(event, { opensQuasi: true });
    expect(decoded.data).toMatchObject({ duration_sec: 125 });
    expect(decoded.data).not.toHaveProperty('duration');
    expect(decoded.direct['notes']).toMatchObject({ field: 'note', schema_version: 1 });
    const reference = decoded.direct['notes'];
    if (reference === undefined) throw new Error('expected a reference');
    const values = await createDirectValues({ vault }).openDirect([reference], {
      workspace: 'w1',
      subject: customerSubject('1'),
    });
    expect(values).toEqual(['Ada called']);
  });

  it('reads types that nobody declared as they are', async () => {
    const event = await recorded({
      id: 'e3',
      customer: '1',
      type: 'coffee_ordered',
      fields: { quasi: { size: 'large', shots: 2 } },
    });
    expect((await decodeOne(event, { opensQuasi: true })).data).toEqual({ size: 'large', shots: 2 });
  });
});

describe('decoding a batch', () => {
  it('answers in order, and says of each event that cannot be read why, without holding up the others', async () => {
    const good = await recorded({ id: 'g', customer: '1', fields: ada });
    const damaged = await recorded({ id: 'd', customer: '2', fields: ada });
    const quasi = damaged.data.sealed.map((part) => (part.class === 'quasi' ? { ...part, ct: `AAAA${part.ct.slice(4)}` } : part));
    const strayed = await recorded({ id: 's', customer: '3', fields: ada });
    const unknown = await recorded({ id: 'u', customer: '4', fields: ada });
    const broken = await recorded({ id: 'b', customer: '5', type: 'order_created', fields: { plain: { order_id: 9 } } });
    const results = await createDecoder({ vault }).decode(
      [
        good,
        { ...damaged, data: { ...damaged.data, sealed: quasi } },
        { ...strayed, stream: 'customer-w1.9' },
        { ...unknown, data: { ...unknown.data, sealed: unknown.data.sealed.map((part) => ({ ...part, key_id: 'never' })) } },
        { ...good, stream: 'nonsense' },
        broken,
        good,
      ],
      { opensQuasi: true },
    );
    expect(results.map((result) => (result.ok ? result.event.id : (result.error as EngineError).code))).toEqual([
      'g',
      'corrupt_event',
      'corrupt_event',
      'vault_key_missing',
      'corrupt_event',
      'event_contract_broken',
      'g',
    ]);
  });

  it('reads the events of other keys when one key is damaged in the vault', async () => {
    const events = await Promise.all(
      ['1', '2', '3', '4', '5'].map((customer) => recorded({ id: `e${customer}`, customer, fields: ada })),
    );
    const bad = events[2]?.data.sealed[0]?.key_id ?? '';
    const openKeys: Vault['openKeys'] = (keyIds) =>
      keyIds.includes(bad)
        ? Promise.reject(new EngineError('vault_entry_damaged', `expected ${bad} to open`))
        : vault.openKeys(keyIds);
    const results = await createDecoder({ vault: { openKeys } }).decode(events, { opensQuasi: true });
    expect(results.map((result) => result.ok)).toEqual([true, true, false, true, true]);
  });
});

describe('opening direct values', () => {
  const owner = { workspace: 'w1', subject: customerSubject('10') };

  it('answers in the order of the references, and undefined once the key is destroyed', async () => {
    const event = await recorded({
      id: 'e10',
      customer: '10',
      fields: { direct: { email: 'ada@example.com', first_name: 'Ada' } },
    });
    const { direct } = await decodeOne(event, { opensQuasi: false });
    const references = ['first_name', 'email', 'first_name'].flatMap((name) => direct[name] ?? []);
    const values = createDirectValues({ vault });
    expect(await values.openDirect(references, owner)).toEqual(['Ada', 'ada@example.com', 'Ada']);
    expect(await values.openDirect([], owner)).toEqual([]);
    await expect(values.openDirect(references, { ...owner, subject: customerSubject('11') })).rejects.toMatchObject({
      code: 'corrupt_event',
    });
    await vault.destroyKey('w1', customerSubject('10'));
    expect(await values.openDirect(references, owner)).toEqual([undefined, undefined, undefined]);
  });
});
