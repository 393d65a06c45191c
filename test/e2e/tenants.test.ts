import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routesOf } from '../../api/route-list.js';
import { openEngineUnderTest, type Answer, type EngineUnderTest } from '../support/engine.js';
import { PATIENCE_MS } from '../support/patience.js';
import { plantWorkspace, type PlantedWorkspace } from '../support/planted-workspace.js';
import { tenantCalls, type TenantCall } from '../support/tenant-calls.js';

describe('the key of another workspace', () => {
  let open: EngineUnderTest;
  let ours: PlantedWorkspace;
  let foreignKey: string;
  let calls: ReturnType<typeof tenantCalls>;
  beforeAll(async () => {
    open = await openEngineUnderTest();
    await open.engine.api.ready();
    ours = await plantWorkspace(open, 'main', open.key);
    calls = tenantCalls(ours);
    const elsewhere = { workspace: 'other', actor: 'test', at: new Date().toISOString() };
    await open.engine.modules.access.createWorkspace({ name: 'Other', timeZone: 'UTC' }, elsewhere);
    const owner = await open.engine.modules.access.createKey({ name: 'owner', source: 'owner', role: 'owner' }, elsewhere);
    foreignKey = owner.key;
    for (const model of ['api-keys', 'workspaces']) await open.engine.runner.waitFor(model, owner.position, PATIENCE_MS);
  });
  afterAll(() => open.close());

  /** Streams are read for a moment only. */
  async function ask(
    route: string,
    { path, query = '', body, headers }: TenantCall,
    key: string,
  ): Promise<Pick<Answer, 'status' | 'text'>> {
    const [method = '', pattern = ''] = route.split(' ');
    const url = pattern.replace(/:(\w+)/g, (_whole, name: string) => encodeURIComponent(path?.[name] ?? 'missing'));
    const response = await open.engine.api.inject({
      // The methods that routes have.
      method: method as 'GET',
      url: `${url}${query}`,
      headers: {
        authorization: `Bearer ${key}`,
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      payloadAsStream: true,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response.stream()) {
      chunks.push(chunk as Buffer); // a reply without an encoding
      if (pattern.endsWith('/tail')) break;
    }
    return { status: response.statusCode, text: Buffer.concat(chunks).toString() };
  }

  /** What the caller named may stand in the answer; nothing else of the other workspace may. */
  function leaked({ path, query, body }: TenantCall, text: string): readonly string[] {
    const sent = JSON.stringify([path, query, body]);
    return ours.secrets.filter((secret) => !sent.includes(secret) && text.includes(secret));
  }

  async function snapshot(): Promise<string> {
    const lists = ['segments', 'templates', 'campaigns', 'campaign-runs', 'suppressions', 'keys', 'imports', 'dead-letters'];
    const paths = [...lists, 'workspace', `customers/${ours.ids.customer}`, `customers/${ours.ids.customer}/timeline`];
    const head = await open.engine.stores.eventStore.head();
    for (const { name } of await open.engine.runner.status()) await open.engine.runner.waitFor(name, head, PATIENCE_MS);
    const answers = await Promise.all(paths.map((path) => open.call('GET', `/v1/${path}`)));
    return JSON.stringify(
      answers.map(({ body: { as_of: _asOf, ...rest } }) => rest),
      // Looking itself is a use.
      (name, value: unknown) => (name === 'last_used_at' ? undefined : value),
    );
  }

  it('is tried on every route (a new one needs a line in test/support/tenant-calls.ts)', () => {
    const routes = routesOf(open.engine.api).map(({ method, path }) => `${method} ${path}`);
    expect([...Object.keys(calls)].sort()).toEqual([...new Set(routes)].sort());
  });

  it('is shown nothing and changes nothing, whatever it names', async () => {
    const before = await snapshot();
    const wrong: string[] = [];
    for (const [route, tries] of Object.entries(calls)) {
      for (const call of tries) {
        const { status, text } = await ask(route, call, foreignKey);
        const isRight = call.expect.includes(status);
        if (!isRight) wrong.push(`${route} ${JSON.stringify(call)} ▸ ${status} ${text.slice(0, 300)}`);
        for (const secret of leaked(call, text))
          wrong.push(`${route} ${JSON.stringify(call)} shows ${secret}: ${text.slice(0, 300)}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await snapshot()).toBe(before);
  });

  it('would be shown it with the key of the workspace itself', async () => {
    const blind: string[] = [];
    for (const [route, tries] of Object.entries(calls)) {
      for (const call of tries.filter(({ path }) => route.startsWith('GET') && path !== undefined)) {
        const { status } = await ask(route, call, ours.key);
        if (status !== 200) blind.push(`${route} ${JSON.stringify(call)} ▸ ${status}`);
      }
    }
    expect(blind).toEqual([]);
  });
});
