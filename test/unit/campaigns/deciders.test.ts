import { describe, expect, it } from '@jest/globals';
import { campaignDecider, type CampaignDefinition, type CampaignEvent } from '../../../domain/campaign/campaign.decider.js';
import { campaignRunDecider } from '../../../domain/campaign/campaign-run.decider.js';
import type { RunEvent } from '../../../domain/campaign/campaign-run.state.js';
import { suppressionDecider } from '../../../domain/campaign/suppression.decider.js';
import { templateDecider } from '../../../domain/campaign/template.decider.js';
import { specifyDecider } from '../../support/decider.js';

const definition: CampaignDefinition = { name: 'Hello', segment: 's1', template: 't1', channel: 'email', from: 'a@shop.example' };
const defined: CampaignEvent = { type: 'campaign.defined', data: { ...definition, revision: 1 } };
const facts = { at: '2026-11-22T10:00:00.000Z', segment_revision: 1, template_revision: 1 };
const byHand = { run: 'r1', cause: 'launch', ...facts } as const;
const bySchedule = { run: 'r2', cause: 'schedule', ...facts } as const;
const launched: CampaignEvent = { type: 'campaign.launched', data: { ...byHand, revision: 1 } };

describe('a campaign', () => {
  const campaign = specifyDecider(campaignDecider);

  it('is defined once and revised whole', () => {
    campaign.given().when({ kind: 'define', definition }).then(defined);
    const renamed = { ...definition, name: 'Hi' };
    campaign
      .given(defined)
      .when({ kind: 'revise', definition: renamed, ifRevision: 1 })
      .then({ type: 'campaign.revised', data: { ...renamed, revision: 2 } });
    campaign.given(defined).when({ kind: 'revise', definition, ifRevision: 7 }).thenNothing();
    campaign.given(defined).when({ kind: 'revise', definition: renamed, ifRevision: 7 }).thenRefused('revision_stale');
    campaign.given().when({ kind: 'revise', definition }).thenRefused('not_found');
  });

  it('is launched once, whoever launches', () => {
    const state = campaignDecider.evolve(campaignDecider.initialState, defined);
    expect(campaignDecider.decide({ kind: 'launch', launch: byHand }, state)).toEqual([launched]);
    campaign.given(defined, launched).when({ kind: 'launch', launch: byHand }).thenRefused('already_launched');
    campaign.given(defined, launched).when({ kind: 'launch', launch: bySchedule }).thenRefused('already_launched');
    campaign.given().when({ kind: 'launch', launch: byHand }).thenRefused('not_found');
  });

  it('fires its schedule again without another run', () => {
    campaign
      .given(defined)
      .when({ kind: 'launch', launch: bySchedule })
      .then({ type: 'campaign.launched', data: { ...bySchedule, revision: 1 } });
  });

  it('does not change any more once it is launched', () => {
    campaign
      .given(defined, launched)
      .when({ kind: 'revise', definition: { ...definition, name: 'Hi' } })
      .thenRefused('already_launched');
    campaign.given(defined, launched).when({ kind: 'revise', definition }).thenNothing();
  });
});

describe('a template', () => {
  const template = specifyDecider(templateDecider);
  const content = { name: 'Hello', subject: 'Hi', html: '<p>Hi</p>' };
  const first = { type: 'template.defined', data: { ...content, revision: 1 } } as const;

  it('is defined and revised', () => {
    template.given().when({ kind: 'define', content }).then(first);
    const next = { ...content, text: 'Hi' };
    template
      .given(first)
      .when({ kind: 'revise', content: next })
      .then({ type: 'template.revised', data: { ...next, revision: 2 } });
    template.given(first).when({ kind: 'revise', content }).thenNothing();
    template.given(first).when({ kind: 'revise', content: next, ifRevision: 3 }).thenRefused('revision_stale');
  });
});

describe('a suppressed address', () => {
  const suppression = specifyDecider(suppressionDecider);
  const added = { type: 'suppression.added', data: { reason: 'bounced' } } as const;

  it('keeps its first reason until a person takes it off', () => {
    suppression.given().when({ kind: 'add', reason: 'bounced' }).then(added);
    suppression.given(added).when({ kind: 'add', reason: 'complained' }).thenNothing();
    const decided = suppressionDecider.decide({ kind: 'remove', listed: 'yes' }, 'suppressed');
    expect(decided).toEqual([{ type: 'suppression.removed', data: {} }]);
  });

  it('can be taken off also where only a module had put it on', () => {
    expect(suppressionDecider.decide({ kind: 'remove', listed: 'yes' }, 'free')).toHaveLength(1);
    suppression.given().when({ kind: 'remove', listed: 'no' }).thenNothing();
  });
});

describe('a run', () => {
  const run = specifyDecider(campaignRunDecider);
  const about = {
    campaign: 'c1',
    segment_revision: 1,
    channel: 'email',
    cause: 'launch',
    at: '2026-11-22T10:00:00.000Z',
  } as const;
  const started: RunEvent = { type: 'campaign_run.started', data: about };
  const chunk: RunEvent = {
    type: 'campaign_run.audience_chunk',
    data: {
      chunk: 1,
      recipients: [{ customer: 'a', address_hash: 'h1' }],
      suppressed: [{ customer: 'b', reason: 'no_address' }],
    },
  };
  const after = (...events: readonly RunEvent[]) =>
    events.reduce((state, event) => campaignRunDecider.evolve(state, event), campaignRunDecider.initialState);
  const sealed: RunEvent = { type: 'campaign_run.audience_sealed', data: { count: 2, hash: after(started, chunk).hash } };
  const counts = { sent: 1, failed: 0, uncertain: 0, cancelled: 0, suppressed: 1 };
  const completed: RunEvent = { type: 'campaign_run.completed', data: counts };
  const paused: RunEvent = { type: 'campaign_run.paused', data: {} };
  const cancelled: RunEvent = { type: 'campaign_run.cancelled', data: {} };

  it('starts, gathers, seals and completes when the outcomes add up', () => {
    run.given().when({ kind: 'start', about }).then(started);
    run.given(started).when({ kind: 'add_chunk', chunk: chunk.data }).then(chunk);
    run.given(started, chunk).when({ kind: 'seal' }).then(sealed);
    run.given(started, chunk, sealed).when({ kind: 'complete', counts }).then(completed);
    run
      .given(started, chunk, sealed)
      .when({ kind: 'complete', counts: { ...counts, sent: 0 } })
      .thenRefused('internal');
    run.given(started, chunk).when({ kind: 'complete', counts }).thenRefused('run_not_sealed');
  });

  it('takes no chunk behind the seal, and each chunk once', () => {
    run.given(started, chunk).when({ kind: 'add_chunk', chunk: chunk.data }).thenNothing();
    run
      .given(started, chunk, sealed)
      .when({ kind: 'add_chunk', chunk: { ...chunk.data, chunk: 2 } })
      .thenNothing();
  });

  it('goes on where it was paused', () => {
    run.given(started, chunk, sealed).when({ kind: 'pause' }).then(paused);
    run.given(started, chunk, sealed, paused).when({ kind: 'resume' }).then({ type: 'campaign_run.resumed', data: {} });
    expect(after(started, paused, { type: 'campaign_run.resumed', data: {} }).phase).toBe('gathering');
    expect(after(started, chunk, sealed, paused, { type: 'campaign_run.resumed', data: {} }).phase).toBe('sending');
    run.given(started, chunk, sealed, completed).when({ kind: 'pause' }).thenRefused('run_not_open');
    run.given().when({ kind: 'pause' }).thenRefused('not_found');
  });

  it('is cancelled once, and accounts for the rest in chunks', () => {
    run.given(started).when({ kind: 'cancel' }).then(cancelled);
    const rest = { chunk: 1, customers: ['a'] };
    run
      .given(started, chunk, sealed, cancelled)
      .when({ kind: 'cancel_recipients', chunk: rest })
      .then({ type: 'campaign_run.recipients_cancelled', data: rest });
    run.given(started, chunk, sealed, completed).when({ kind: 'cancel' }).thenRefused('run_not_open');
  });

  it('is reopened for failures at any time, for messages of unknown outcome only when it is completed', () => {
    const all = { include_uncertain: true };
    const state = after(started, chunk, sealed, completed);
    expect(campaignRunDecider.decide({ kind: 'reopen', reopening: all }, state)).toEqual([
      { type: 'campaign_run.reopened', data: all },
    ]);
    run.given(started, chunk, sealed).when({ kind: 'reopen', reopening: all }).thenRefused('run_not_open');
    run.given(started, chunk, sealed, cancelled).when({ kind: 'reopen', reopening: all }).thenRefused('run_not_open');
    expect(after(started, chunk, sealed, completed, { type: 'campaign_run.reopened', data: all })).toMatchObject({
      phase: 'sending',
      reopenings: [all],
    });
  });
});
