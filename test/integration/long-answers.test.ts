import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { projectionsRoutes, type ProjectionsRoutesDeps } from '../../api/routes/projections.routes.js';
import { createJobFeed } from '../../runtime/job-feed.js';
import type { RebuildProgress } from '../../runtime/rebuild.js';
import type { VerifyProgress } from '../../runtime/verify.js';
import { openApiUnderTest, TEST_KEY, type ApiUnderTest } from '../support/api.js';

const unused = () => Promise.reject(new Error('expected this not to be asked for'));

/** Begins verifications that never end; `begun` resolves with the first one. */
function endless() {
  let tell: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (tell = resolve));
  const runner: ProjectionsRoutesDeps['runner'] = {
    status: unused,
    rebuild: () => {
      const progress = { state: 'building' as const, generation: 2, done: 3, total: 9, eventsPerSecond: 2, secondsLeft: 3 };
      const feed = createJobFeed<RebuildProgress>(progress);
      const nothing = () => undefined;
      const job = { progress: () => feed.reports(), done: new Promise<never>(nothing), switch: nothing, cancel: nothing };
      return Promise.resolve({ ...job, generation: 2, interrupt: () => Promise.resolve() });
    },
    rebuildOf: unused,
    verify() {
      const feed = createJobFeed<VerifyProgress>({ state: 'building', done: 0, total: 9, documents: 0 });
      tell();
      return { progress: () => feed.reports(), done: new Promise(() => undefined), cancel: () => undefined };
    },
  };
  return { runner, begun };
}

describe('answers that last as long as a job', () => {
  let open: ApiUnderTest;
  let url: string;
  let begun: Promise<void>;
  beforeEach(async () => {
    const jobs = endless();
    begun = jobs.begun;
    open = await openApiUnderTest({
      routes: [projectionsRoutes({ runner: jobs.runner, storeId: 's1' })],
      scopes: ['projections:write', 'projections:read'],
    });
    url = `${await open.api.listen({ host: '127.0.0.1', port: 0 })}/v1/projections/profiles/verify`;
  });
  afterEach(() => open.api.close());

  const ask = (path: string) => fetch(path, { method: 'POST', headers: { authorization: `Bearer ${TEST_KEY}` } });

  it('end with a line that says so when the engine stops', async () => {
    const answer = await ask(`${url}?follow=true`);
    await open.api.close();
    const lines = (await answer.text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { state: 'building' },
      { state: 'interrupted', ended: true },
    ]);
  });

  it('tell how far a rebuild is in names of the wire', async () => {
    const answer = await ask(`${url.replace(/verify$/, 'rebuild')}?follow=true`);
    await open.api.close();
    const [first = ''] = (await answer.text()).split('\n');
    const told = { state: 'building', generation: 2, done: 3, total: 9, events_per_second: 2, seconds_left: 3 };
    expect(JSON.parse(first)).toEqual(told);
  });

  it('are a problem when the engine stops before there is a result', async () => {
    const asked = ask(url);
    await begun;
    await open.api.close();
    const answer = await asked;
    expect([answer.status, await answer.json()]).toMatchObject([409, { code: 'cancelled' }]);
  });

  it('are let go of when the caller leaves', async () => {
    const leaving = new AbortController();
    const answer = await fetch(`${url}?follow=true`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}` },
      signal: leaving.signal,
    });
    leaving.abort();
    await expect(answer.text()).rejects.toThrow();
    await open.api.close();
  });
});
