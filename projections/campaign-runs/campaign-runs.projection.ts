import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { CampaignRunDocument } from '../../contracts/read-models/campaign-runs.port.js';
import type { Projection } from '../../runtime/projection.js';

type RunDocument = CampaignRunDocument & JsonObject;

/** The runs of each workspace; who is in them is in the messages. */
export const campaignRunsProjection: Projection<RunDocument> = {
  name: 'campaign-runs',
  version: 1,
  categories: ['campaign_run'],
  handles: ['started', 'audience_sealed', 'paused', 'resumed', 'cancelled', 'reopened', 'completed', 'missed'].map(
    (name) => `campaign_run.${name}`,
  ),
  opensQuasi: false,
  indexes: [
    { name: 'state', paths: [['state']] },
    { name: 'completed', paths: [['completed_at']] },
  ],
  keys: ({ stream }) => [`${stream.workspace}/${stream.id}`],
  evolve(document, event) {
    if (isEngineEvent(event, 'campaign_run.missed')) return missed(event);
    return document === null ? begun(event) : goneOn(document, event);
  },
};

function missed(event: DecodedEvent): RunDocument | null {
  if (!isEngineEvent(event, 'campaign_run.missed')) return null;
  const { campaign, scheduled_at, cause } = event.data;
  return {
    run_id: event.stream.id,
    campaign_id: campaign,
    state: 'missed',
    cause: 'schedule',
    started_at: scheduled_at,
    reopened: 0,
    missed_cause: cause,
  };
}

function begun(event: DecodedEvent): RunDocument | null {
  if (!isEngineEvent(event, 'campaign_run.started')) return null;
  const { campaign, segment, segment_revision, template, template_revision, channel, cause, at } = event.data;
  return {
    run_id: event.stream.id,
    campaign_id: campaign,
    state: 'gathering',
    cause,
    started_at: at,
    segment_revision,
    ...(segment === undefined ? {} : { segment_id: segment }),
    ...(template === undefined ? {} : { template_id: template }),
    ...(template_revision === undefined ? {} : { template_revision }),
    channel,
    reopened: 0,
  };
}

function goneOn(run: RunDocument, event: DecodedEvent): RunDocument {
  const at = event.metadata.occurred_at;
  if (isEngineEvent(event, 'campaign_run.audience_sealed')) {
    const state = run.state === 'gathering' ? 'sending' : run.state;
    return { ...run, state, audience: event.data.count, sealed_at: at };
  }
  if (isEngineEvent(event, 'campaign_run.completed')) {
    const { sent, failed, uncertain, cancelled, suppressed } = event.data;
    return { ...run, state: 'completed', completed_at: at, counts: { sent, failed, uncertain, cancelled, suppressed } };
  }
  if (isEngineEvent(event, 'campaign_run.paused')) return { ...run, state: 'paused' };
  if (isEngineEvent(event, 'campaign_run.resumed')) {
    return { ...run, state: run.sealed_at === undefined ? 'gathering' : 'sending' };
  }
  if (isEngineEvent(event, 'campaign_run.cancelled')) return { ...run, state: 'cancelling', is_cancelled: true };
  if (isEngineEvent(event, 'campaign_run.reopened')) return { ...run, state: 'sending', reopened: run.reopened + 1 };
  return run;
}
