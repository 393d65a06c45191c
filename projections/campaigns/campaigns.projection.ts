import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { EventData } from '../../contracts/events/event-contracts.js';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { CampaignDocument } from '../../contracts/read-models/campaigns.port.js';
import type { Projection } from '../../runtime/projection.js';

/** How late a scheduled campaign may launch unless it says otherwise. */
const MAX_DELAY_SEC = 3_600;

/** The campaigns of each workspace, as they are now. */
export const campaignsProjection: Projection<CampaignDocument & JsonObject> = {
  name: 'campaigns',
  version: 1,
  categories: ['campaign', 'campaign_run'],
  handles: ['campaign.defined', 'campaign.revised', 'campaign.launched', 'campaign_run.missed'],
  opensQuasi: false,
  indexes: [{ name: 'state', paths: [['state']] }],
  keys(event) {
    const { workspace, id } = event.stream;
    return [`${workspace}/${isEngineEvent(event, 'campaign_run.missed') ? event.data.campaign : id}`];
  },
  evolve(document, event) {
    if (isEngineEvent(event, 'campaign.defined')) return defined(event.data, event, document);
    if (isEngineEvent(event, 'campaign.revised')) return defined(event.data, event, document);
    if (document === null) return null;
    if (isEngineEvent(event, 'campaign.launched')) return { ...document, state: 'launched', run_id: event.data.run };
    if (isEngineEvent(event, 'campaign_run.missed')) {
      const isOfToday =
        document.state === 'scheduled' && Date.parse(document.schedule_at ?? '') === Date.parse(event.data.scheduled_at);
      return isOfToday ? { ...document, state: 'missed', missed_cause: event.data.cause } : document;
    }
    return document;
  },
};

function defined(
  data: EventData<'campaign.defined'>,
  { stream, metadata }: DecodedEvent,
  before: CampaignDocument | null,
): CampaignDocument & JsonObject {
  const { name, segment, template, channel, purpose, from, reply_to, schedule_at, max_delay_sec, per_second, revision } = data;
  return {
    campaign_id: stream.id,
    name,
    segment_id: segment,
    template_id: template,
    channel,
    purpose: purpose ?? 'marketing',
    from,
    ...(reply_to === undefined ? {} : { reply_to }),
    ...(schedule_at === undefined ? {} : { schedule_at }),
    max_delay_sec: max_delay_sec ?? MAX_DELAY_SEC,
    ...(per_second === undefined ? {} : { per_second }),
    revision,
    state: schedule_at === undefined ? 'draft' : 'scheduled',
    created_at: before?.created_at ?? metadata.occurred_at,
    updated_at: metadata.occurred_at,
  };
}
