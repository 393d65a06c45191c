import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { bodyExamples, pathExamples } from '../../api/openapi/examples.js';
import { summaries } from '../../api/openapi/summaries.js';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';

const call = z.looseObject({ summary: z.string(), description: z.string(), tags: z.array(z.string()).length(1) });
const paths = z.record(z.string(), z.record(z.string(), call));

describe('the description of the API', () => {
  let open: EngineUnderTest;
  let described: z.infer<typeof paths>;
  let calls: readonly string[];
  beforeAll(async () => {
    open = await openEngineUnderTest({ token: 'cebe_local_test' });
    const answer = await open.engine.api.inject({ url: '/openapi.json' });
    described = z.object({ paths }).parse(answer.json()).paths;
    calls = Object.entries(described).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  });
  afterAll(() => open.close());

  it('has a line for each call, and for no other', () => {
    expect(Object.keys(summaries).sort()).toEqual([...calls].sort());
    expect(calls).toEqual(expect.arrayContaining(Object.keys(bodyExamples)));
    expect(Object.keys(described)).toEqual(expect.arrayContaining(Object.keys(pathExamples)));
  });

  it('says what a call belongs to, and which scope it needs', () => {
    expect(described['/v1/campaign-runs/{run_id}/pause']?.['post']).toMatchObject({
      tags: ['Campaign runs'],
      description: expect.stringContaining('`campaigns:launch`'),
    });
  });

  it.each(['POST /v1/events', 'POST /v1/segments', 'POST /v1/segments/preview', 'POST /v1/templates', 'POST /v1/keys'])(
    'shows a body for %s that can be sent as it is',
    async (key) => {
      const [method = '', path = ''] = key.split(' ');
      expect(described[path]?.[method.toLowerCase()]).toMatchObject({
        requestBody: { content: { 'application/json': { schema: { type: 'object' }, example: bodyExamples[key] } } },
      });
      const answer = await open.call('POST', path, { body: bodyExamples[key], key: 'cebe_local_test' });
      expect([200, 201]).toContain(answer.status);
      expect(answer.text).not.toContain('quarantined');
    },
  );
});
