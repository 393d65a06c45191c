import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Parser } from '@asyncapi/parser';
import { Spectral, type RulesetDefinition } from '@stoplight/spectral-core';
import { oas } from '@stoplight/spectral-rulesets';
import { z } from 'zod';
import { listContracts } from '../../contracts/events/registry.js';
import { exportSchemas } from '../../contracts/schema-export.js';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';

const reference = readFileSync(join(__dirname, '../../docs/reference/events.md'), 'utf8');
const pushed = listContracts().filter(({ intake }) => intake);

/** The bodies of the commands on the page, as a shell would pass them on, by event type. */
const commands = new Map(
  reference
    .split(/^### /m)
    .filter((section) => section.includes('```sh\ncurl '))
    .map((section) => [section.slice(0, section.indexOf('\n')), /-d '([^']*)'/.exec(section)?.[1] ?? '']),
);

describe('documents for squads', () => {
  let open: EngineUnderTest;
  const text = async (url: string): Promise<string> => (await open.engine.api.inject({ url })).body;
  beforeAll(async () => {
    open = await openEngineUnderTest();
  });
  afterAll(() => open.close());

  it('have a command to copy for every event that modules push', () => {
    expect([...commands.keys()].sort()).toEqual(pushed.map(({ type }) => type).sort());
  });

  it.each(pushed.map(({ type }) => type))('show a command for %s that the engine accepts', async (type) => {
    const body: unknown = JSON.parse(commands.get(type) ?? '');
    const answer = await open.call('POST', '/v1/events', { body });
    expect(answer).toMatchObject({ status: 200, body: { receipts: [{ status: 'accepted', message_id: `example-${type}` }] } });
    const again = await open.call('POST', '/v1/events', { body });
    expect(again.body).toMatchObject({ receipts: [{ status: 'duplicate' }] });
  });

  it('describe what modules push as AsyncAPI 3.0 that the official parser finds nothing wrong with', async () => {
    const { document, diagnostics } = await new Parser().parse(await text('/asyncapi.json'));
    // 3.0 is what is promised; that there is a later one is no fault of the document.
    const faults = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version');
    expect(faults.map(({ code, message, path }) => ({ code, message, path: path.join('/') }))).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect(
      document
        ?.messages()
        .all()
        .map((message) => message.name())
        .sort(),
    ).toEqual(pushed.map(({ type }) => type).sort());
  });

  it('describe every call as OpenAPI 3.1 that the linter finds nothing wrong with', async () => {
    const spectral = new Spectral();
    // The package declares its rules for another release of the same interface.
    spectral.setRuleset({ extends: [[oas as RulesetDefinition, 'recommended']] });
    const description = await text('/openapi.json');
    expect(JSON.parse(description)).toMatchObject({ openapi: '3.1.0' });
    const found = await spectral.run(description);
    expect(found.map(({ code, message, path }) => `${String(code)} ${path.join('/')}: ${message}`)).toEqual([]);
  });

  it('hold examples that satisfy the JSON Schema of their events', () => {
    const { bodies } = exportSchemas();
    for (const { type } of pushed) {
      const { examples } = z.looseObject({ examples: z.array(z.unknown()).length(1) }).parse(bodies[type]);
      // What zod wrote as JSON Schema, it reads again.
      const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(bodies[type])) as never);
      expect([type, schema.safeParse(examples[0]).error?.issues]).toEqual([type, undefined]);
    }
  });

  it('are a page that a browser shows without running or loading anything', async () => {
    const answer = await open.engine.api.inject({ url: '/docs/events' });
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    for (const { type } of listContracts()) expect(answer.body).toContain(`<h3 id="${type}">`);
    expect(answer.body).not.toContain('<script');
    expect((await open.engine.api.inject({ url: '/docs' })).statusCode).toBeLessThan(400);
  });
});
