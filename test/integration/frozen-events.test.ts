import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findContract } from '../../contracts/events/registry.js';
import { createDecoder } from '../../runtime/decode.js';
import { createDirectValues } from '../../runtime/direct-values.js';
import { sealBody } from '../../stores/vault/sealing.js';
import { customerSubject } from '../../stores/vault/subjects.js';
import type { Vault } from '../../stores/vault/vault.port.js';
import { embeddedVaultPlace } from '../support/embedded-vault-place.js';
import { frozenFiles, readEventFixture } from '../support/event-fixture.js';
import { newEvent } from '../support/new-events.js';

const names = [...frozenFiles('events').keys()];

describe('frozen events', () => {
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

  it.each(names)('%s reads as it is expected to for ever, also when the key is destroyed', async (name) => {
    const { type, schema_version, plain, direct, quasi, expected } = readEventFixture(name);
    expect(findContract(type)).toBeDefined();
    const customer = name.replaceAll('.', '-');
    const subject = customerSubject(customer);
    const key = (await vault.ensureKeys('w1', [subject])).get(subject);
    const id = randomUUID();
    const data = sealBody({ plain, hashes: {}, direct, quasi }, { workspace: 'w1', subject, eventId: id, key, randomBytes });
    const made = newEvent({ id, type, data });
    const recorded = {
      ...made,
      metadata: { ...made.metadata, schema_version },
      stream: `customer-w1.${customer}`,
      revision: 0n,
      position: 0n,
    };
    const decode = async (): Promise<unknown> => (await createDecoder({ vault }).decode([recorded], { opensQuasi: true }))[0];

    expect(await decode()).toMatchObject({ ok: true, event: { data: { ...expected.plain, ...expected.quasi }, erased: false } });
    const [result] = await createDecoder({ vault }).decode([recorded], { opensQuasi: true });
    const references = result?.ok === true ? result.event.direct : {};
    const values = await createDirectValues({ vault }).openDirect(Object.values(references), { workspace: 'w1', subject });
    expect(Object.fromEntries(Object.keys(references).map((field, index) => [field, values[index]]))).toEqual(expected.direct);

    await vault.destroyKey('w1', subject);
    expect(await decode()).toMatchObject({
      ok: true,
      event: { data: expected.plain, direct: {}, erased: data.sealed.length > 0 },
    });
  });
});
