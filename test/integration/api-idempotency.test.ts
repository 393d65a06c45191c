import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Api } from '../../api/route-config.js';
import { EngineError } from '../../contracts/errors.js';
import { openIdempotencyRecords, type IdempotencyRecords } from '../../runtime/idempotency-records.js';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import { openEmbeddedDocumentStore } from '../../stores/document-store/embedded/open-embedded-document-store.js';
import { openApiUnderTest, TEST_KEY, type ApiUnderTest } from '../support/api.js';

const HOUR_MS = 3_600_000;

describe('Idempotency-Key', () => {
  let folder: string;
  let documents: DocumentStore;
  let records: IdempotencyRecords;
  let open: ApiUnderTest;
  let now = Date.UTC(2026, 10, 23);
  let effects = 0;
  let during: (() => Promise<void>) | undefined;

  const countingRoutes = (api: Api): void => {
    api.post('/v1/effects', { config: { access: 'segments:write', loose: true } }, async (_request, reply) => {
      await during?.();
      effects += 1;
      return reply.code(201).send({ effect: effects });
    });
    api.post('/v1/secrets', { config: { access: 'segments:write', loose: true, idempotency: 'off' } }, () => ({
      effect: ++effects,
    }));
  };
  const post = (key: string, payload: object, url = '/v1/effects') =>
    open.api.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${TEST_KEY}`, 'idempotency-key': key } });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cebe-idempotency-'));
    documents = await openEmbeddedDocumentStore({ file: join(folder, 'documents.sqlite'), clock: () => now });
    records = await openIdempotencyRecords({ documents, clock: () => now });
    open = await openApiUnderTest({ routes: [countingRoutes], idempotency: records });
    effects = 0;
    during = undefined;
  });
  afterEach(async () => {
    await open.api.close();
    await documents.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('answers a repeat with the first answer, without a second effect', async () => {
    const first = await post('k', { a: 1 });
    const again = await post('k', { a: 1 });
    expect([first.statusCode, first.json()]).toEqual([201, { effect: 1 }]);
    expect([again.statusCode, again.json()]).toEqual([201, { effect: 1 }]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.headers['content-type']).toBe(first.headers['content-type']);
    expect((await post('other', { a: 1 })).json()).toEqual({ effect: 2 });
  });

  it('refuses the key with another request', async () => {
    await post('k', { a: 1 });
    expect((await post('k', { a: 2 })).json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect((await post('k', { a: 1 }, '/v1/effects?x=1')).statusCode).toBe(422);
    expect((await post('not a key', {})).json()).toMatchObject({ status: 400, errors: [{ pointer: '/idempotency-key' }] });
  });

  it('refuses a repeat while the first is still in flight, and lets exactly one of many at once through', async () => {
    let repeat: Awaited<ReturnType<typeof post>> | undefined;
    during = async () => {
      during = undefined;
      repeat = await post('k', { a: 1 });
    };
    expect((await post('k', { a: 1 })).statusCode).toBe(201);
    expect(repeat?.json()).toMatchObject({ status: 409, code: 'idempotency_in_flight' });
    const crowd = await Promise.all(Array.from({ length: 20 }, () => post('crowd', {})));
    expect(crowd.filter(({ statusCode }) => statusCode === 201).length).toBeGreaterThanOrEqual(1);
    expect(effects).toBe(2);
  });

  it('keeps no failure that may pass', async () => {
    during = () => Promise.reject(new EngineError('store_unavailable', 'The log is away.'));
    expect((await post('k', {})).statusCode).toBe(503);
    during = undefined;
    expect((await post('k', {})).json()).toEqual({ effect: 1 });
    expect((await post('k', {})).json()).toEqual({ effect: 1 });
  });

  it('forgets after 24 hours, and a claim whose process died after a minute', async () => {
    await post('k', {});
    await records.claim('acme/dead', 'f');
    expect(await records.claim('acme/dead', 'f')).toEqual({ kind: 'in_flight' });
    now += HOUR_MS / 60 + 1;
    expect(await records.claim('acme/dead', 'f')).toMatchObject({ kind: 'mine' });
    now += 23 * HOUR_MS;
    expect((await post('k', {})).json()).toEqual({ effect: 1 });
    now += HOUR_MS;
    expect((await post('k', {})).json()).toEqual({ effect: 2 });
  });

  it('leaves routes alone whose answers are not to be kept', async () => {
    expect((await post('k', {}, '/v1/secrets')).json()).toEqual({ effect: 1 });
    expect((await post('k', {}, '/v1/secrets')).json()).toEqual({ effect: 2 });
  });
});
