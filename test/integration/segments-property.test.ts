import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { holdsByHand } from '../support/rule-by-hand.js';
import { ruleJson, shortWindowRules, testHash } from '../support/rules.js';
import { openSegmentsWorld, type Fact, type SegmentsProcess, type SegmentsWorld } from '../support/segments-world.js';

const DAY = 86_400_000;
const ZONE = 'Europe/Berlin';

type Step =
  | { readonly kind: 'happen' | 'import'; readonly customer: string; readonly facts: readonly ((now: number) => Fact)[] }
  | { readonly kind: 'wait'; readonly hours: number }
  | { readonly kind: 'define' | 'revise'; readonly rule: unknown }
  | { readonly kind: 'recompute' | 'restart' | 'look' };

const ago = fc.integer({ min: 0, max: 9 }).map((days) => (now: number) => new Date(now - days * DAY).toISOString());
const fact: fc.Arbitrary<(now: number) => Fact> = fc.oneof(
  { weight: 3, arbitrary: ago.map((at) => (now: number): Fact => ({ type: 'order_created', at: at(now) })) },
  ago.map((at) => (now: number): Fact => {
    const data = { call_id: randomUUID(), agent_id: 'a1', duration_sec: 60, created_at: at(now) };
    return { type: 'call_logged', at: at(now), data };
  }),
  fc
    .record({ plan: fc.constantFrom('Bandung', 'Jakarta'), score: fc.integer({ min: 0, max: 9 }) }, { requiredKeys: [] })
    .chain((data) => ago.map((at) => (now: number): Fact => ({ type: 'customer.updated', at: at(now), data }))),
  ago.map((at) => (now: number): Fact => ({ type: 'customer.updated', at: at(now), data: { unset: ['plan'] } })),
);
const customer = fc.constantFrom('a', 'b', 'c', 'd');
const facts = fc.array(fact, { minLength: 1, maxLength: 4 });
const rule = fc.oneof(ruleJson, shortWindowRules);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('happen' as const), customer, facts }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('import' as const), customer, facts }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('define' as const, 'revise' as const), rule }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('recompute' as const, 'restart' as const, 'look' as const) }) },
);

let world: SegmentsWorld | undefined;
afterEach(() => world?.close());

/** One run of a world through the steps. */
async function play(steps: readonly Step[]): Promise<void> {
  await world?.close();
  const here = (world = await openSegmentsWorld({ zone: ZONE, now: '2026-03-25T09:30:00.000Z' }));
  const rules = new Map<string, unknown>();
  let process = await here.start();

  async function look(): Promise<void> {
    for (const [id, json] of rules) expect([json, await process.live(id)]).toEqual([json, byHand(here, json)]);
  }

  async function take(next: Step): Promise<void> {
    const [newest] = [...rules.keys()].slice(-1);
    switch (next.kind) {
      case 'happen':
        await here.happen(next.customer, ...next.facts.map((make) => make(here.now())));
        return;
      case 'import': {
        const id = randomUUID();
        await here.happen(next.customer, ...next.facts.map((make) => ({ ...make(here.now()), backfill: id })));
        const counts = { received: 1, accepted: 1, duplicate: 0, quarantined: 0 };
        await here.record(`import-w1.${id}`, 'import.finished', { cause: 'requested', ...counts });
        return;
      }
      case 'wait':
        here.setTo(new Date(here.now() + next.hours * 3_600_000).toISOString());
        return;
      case 'define':
        rules.set((await here.commands.define({ name: 'a', rule: next.rule }, here.context())).segment_id, next.rule);
        return;
      case 'revise':
        if (newest === undefined) return;
        await here.commands.revise(newest, { name: 'a', rule: next.rule }, here.context());
        rules.set(newest, next.rule);
        return;
      case 'recompute':
        if (newest !== undefined) await here.commands.recompute(newest, here.context());
        return;
      case 'restart':
        await process.runner.stop();
        process = await here.start();
        return;
      case 'look':
        await look();
    }
  }

  for (const next of steps) await take(next);
  await look();
  for (const id of rules.keys()) await expectNothingToPutRight(here, process, id);
}

function byHand(here: SegmentsWorld, json: unknown): readonly string[] {
  const asked = { instant: here.now(), zone: ZONE, hashOf: testHash };
  // What the arbitraries make is of the form that is asked by hand.
  const written = json as Parameters<typeof holdsByHand>[0];
  return [...here.logs].flatMap(([id, log]) => (holdsByHand(written, log, asked) ? [id] : [])).sort();
}

async function expectNothingToPutRight(here: SegmentsWorld, process: SegmentsProcess, id: string): Promise<void> {
  const before = await process.live(id);
  const { evaluation_id } = await here.commands.recompute(id, here.context());
  expect(await process.live(id)).toEqual(before);
  expect((await process.segments.get('w1', id))?.member_count).toBe(before.length);
  for await (const { type, data } of here.eventStore.readStream(`segment-w1.${id}`)) {
    if (type !== 'segment.evaluated' || data.plain['evaluation_id'] !== evaluation_id) continue;
    expect(data.plain).toMatchObject({ entered: [], exited: [] });
  }
}

describe('segments', () => {
  it('have the members that everything from the beginning gives, whatever happens in which order', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), play), {
      numRuns: Number(process.env['TEST_SEGMENT_RUNS'] ?? 12),
    });
  });
});
