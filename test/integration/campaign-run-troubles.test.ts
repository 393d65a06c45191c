import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCampaigns } from '../../commands/campaigns/create-campaigns.js';
import { EngineError } from '../../contracts/errors.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { people } from '../support/campaign-people.js';
import { movableClock, type SurroundingsOptions } from '../support/campaign-surroundings.js';
import { openCampaigns, WORKSPACE, type CampaignsUnderTest } from '../support/campaigns.js';

let engine: CampaignsUnderTest;

async function start(options: SurroundingsOptions = {}): Promise<CampaignsUnderTest> {
  engine = await openCampaigns(options);
  return engine;
}

/** The customers that have a file in the outbox. */
async function filesOf(runId: string): Promise<readonly string[]> {
  return (await readdir(join(engine.folder, 'outbox', WORKSPACE, runId))).sort();
}

/** A store whose appends of one event type behave as told. */
function withAppends(type: string, behave: (append: () => ReturnType<EventStore['append']>) => ReturnType<EventStore['append']>) {
  return (store: EventStore): EventStore => ({
    ...store,
    append: (stream, expected, events) => {
      const append = () => store.append(stream, expected, events);
      return events[0]?.type === type ? behave(append) : append();
    },
  });
}

describe('a campaign run in trouble', () => {
  afterEach(async () => {
    await engine.dispose();
  });

  it('sends to nobody twice when two processes drive the run at once', async () => {
    await start();
    const other = createCampaigns({ ...engine.deps, channels: { ...engine.deps.channels } });
    await other.saga.start();
    await engine.populate(people(300));
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilRun(runId, 'completed');
    await other.saga.stop();
    const refused = new Set(
      [...(await engine.events('campaign.message_lapsed')), ...(await engine.events('campaign.message_failed'))].map(
        ({ data }) => data.plain['attempt_id'],
      ),
    );
    const reserved = (await engine.events('campaign.message_reserved')).filter(
      ({ data }) => !refused.has(data.plain['attempt_id']),
    );
    expect(reserved).toHaveLength(300);
    expect(new Set(reserved.map(({ stream }) => stream)).size).toBe(300);
    expect(await engine.funnel(runId)).toMatchObject({ audience: 300, outcomes: { sent: 300 } });
  });

  it('looks up what an earlier process reserved and sent without recording it', async () => {
    const time = movableClock();
    let isAway = true;
    const store = withAppends('campaign.message_sent', (append) =>
      isAway ? Promise.reject(new EngineError('store_unavailable', 'away')) : append(),
    );
    await start({ clock: () => time.clock(), eventStore: store });
    await engine.populate(people(20));
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilEvents('campaign.message_reserved', 20);
    await engine.module.saga.stop();
    expect(await engine.events('campaign.message_sent')).toHaveLength(0);
    const files = await filesOf(runId);
    expect(files.length).toBeGreaterThan(0);
    isAway = false;
    time.forward(10_000);
    await engine.restart();
    await engine.untilRun(runId, 'completed');
    expect(await engine.funnel(runId)).toMatchObject({ outcomes: { sent: 20 } });
    expect(await filesOf(runId)).toHaveLength(20);
    const sent = await engine.events('campaign.message_sent');
    expect(new Set(sent.map(({ stream }) => stream)).size).toBe(20);
    expect(sent).toHaveLength(20);
  });

  it('makes another attempt for a reservation of which the look-up proves that nothing went out', async () => {
    const time = movableClock();
    let lost = 0;
    // The reservation is stored, and its writer never learns of it.
    const store = withAppends('campaign.message_reserved', async (append) => {
      const stored = await append();
      if (lost >= 5 && lost < 10_000) return stored;
      lost += 1;
      throw new EngineError('event_contract_broken', 'the process dies here');
    });
    await start({ clock: () => time.clock(), eventStore: store });
    await engine.populate(people(10));
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilRun(runId, 'sending');
    time.forward(10_000);
    await engine.restart();
    time.forward(10_000);
    engine.deps.scheduler.check();
    await engine.untilRun(runId, 'completed');
    expect(await engine.funnel(runId)).toMatchObject({ outcomes: { sent: 10 } });
    expect(await engine.events('campaign.message_sent')).toHaveLength(10);
    expect(await filesOf(runId)).toHaveLength(10);
  });

  it('lets a reservation lapse that was not handed over in time, and makes another', async () => {
    // It stands still but for what the test makes of it, so that no other reservation lapses.
    let now = Date.now();
    let slow = 1;
    const store = withAppends('campaign.message_reserved', async (append) => {
      const stored = await append();
      if (slow > 0) now += 3_000;
      slow -= 1;
      return stored;
    });
    await start({ clock: () => now, eventStore: store });
    await engine.populate(people(1));
    const runId = await engine.launch(await engine.defineCampaign());
    await engine.untilRun(runId, 'completed');
    const types = (await engine.stream(`customer-${WORKSPACE}.c00000`)).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('campaign.'))).toEqual([
      'campaign.message_reserved',
      'campaign.message_lapsed',
      'campaign.message_reserved',
      'campaign.message_sent',
    ]);
    expect(await engine.funnel(runId)).toMatchObject({ outcomes: { sent: 1 } });
  });

  it('records what cannot be rendered as failed, and sends to the others', async () => {
    await start();
    const customers = people(6).map((customer, index) => ({ ...customer, attributes: { plan: index === 2 ? 'loop' : 'gold' } }));
    await engine.populate(customers);
    const html = '{% if plan == "loop" %}{% for i in (1..100000000) %}x{% endfor %}{% endif %}<p>Hi</p>';
    const template = await engine.module.templates.define({ name: 'Loops', subject: 'Hi', html }, engine.context());
    const runId = await engine.launch(await engine.defineCampaign({ template: template.id }));
    await engine.untilRun(runId, 'completed');
    const { outcomes } = await engine.funnel(runId);
    expect(outcomes).toMatchObject({ sent: 5, failed: 1 });
    const { deadLetters } = engine.module;
    const [letter] = (await deadLetters.list(WORKSPACE, { limit: 10 })).letters;
    const reference = letter?.id.slice('message:'.length) ?? '';
    expect(await deadLetters.get(WORKSPACE, reference)).toEqual(letter);
    await expect(deadLetters.get('other', reference)).rejects.toMatchObject({ code: 'not_found' });
    const [group] = await engine.deps.messages.failureGroups(WORKSPACE, runId);
    expect(group).toMatchObject({ messages: 1, reason: expect.stringContaining('template_') });
    expect(await filesOf(runId)).not.toContain('c00002.eml');
  });
});
