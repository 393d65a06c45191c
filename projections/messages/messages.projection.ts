import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { JsonObject } from '../../contracts/json.js';
import { messageId, type MessageDocument } from '../../contracts/read-models/message.js';
import { evolveMessage, type MessageFact } from '../../domain/campaign/message-status.js';
import type { Projection } from '../../runtime/projection.js';
import { factOfCustomer } from './message-facts.js';

const ofMessages = [
  'reserved',
  'lapsed',
  'sent',
  'failed',
  'uncertain',
  'suppressed',
  'dropped',
  'delivered',
  'opened',
  'clicked',
  'bounced',
  'complained',
].map((name) => `campaign.message_${name}`);

/** One document for each customer of each run. */
export const messagesProjection: Projection<MessageDocument & JsonObject> = {
  name: 'messages',
  version: 1,
  categories: ['customer', 'campaign_run'],
  handles: ['campaign_run.audience_chunk', 'campaign_run.recipients_cancelled', 'consent.withdrawn', ...ofMessages],
  opensQuasi: false,
  indexes: [
    { name: 'run', paths: [['run'], ['summary']] },
    { name: 'work', paths: [['work']] },
    { name: 'failure', paths: [['failure']] },
  ],
  keys(event) {
    const { workspace, id } = event.stream;
    if (event.stream.category === 'campaign_run') return customersOf(event).map((customer) => messageId(workspace, id, customer));
    const about = factOfCustomer(event);
    return about === null ? [] : [messageId(workspace, about.run, id)];
  },
  evolve(document, event, key) {
    const { stream, metadata, revision } = event;
    const at = metadata.occurred_at;
    if (stream.category === 'campaign_run') {
      const customer_id = key.slice(messageId(stream.workspace, stream.id, '').length);
      const fact = factOfRun(event, customer_id);
      return fact === null ? document : evolveMessage(document, fact, { run: stream.id, customer_id, at });
    }
    const about = factOfCustomer(event);
    if (about === null) return document;
    // A withdrawal may name anything as its origin; only those of this run's audience are in the funnel.
    if (document === null && about.fact.kind === 'unsubscribed') return null;
    return evolveMessage(document, about.fact, { run: about.run, customer_id: stream.id, at, revision: revision.toString() });
  },
};

function customersOf(event: DecodedEvent): readonly string[] {
  if (isEngineEvent(event, 'campaign_run.audience_chunk')) {
    return [...event.data.recipients, ...event.data.suppressed].map(({ customer }) => customer);
  }
  return isEngineEvent(event, 'campaign_run.recipients_cancelled') ? event.data.customers : [];
}

/** What each chunk says, while it is being folded: its thousands of members come one after the other. */
const chunks = new WeakMap<DecodedEvent, ReadonlyMap<string, MessageFact>>();

function factOfRun(event: DecodedEvent, customer: string): MessageFact | null {
  const facts = chunks.get(event) ?? factsOfChunk(event);
  chunks.set(event, facts);
  return facts.get(customer) ?? null;
}

function factsOfChunk(event: DecodedEvent): ReadonlyMap<string, MessageFact> {
  const facts = new Map<string, MessageFact>();
  if (isEngineEvent(event, 'campaign_run.audience_chunk')) {
    for (const { customer, address_hash, revision = '-1' } of event.data.recipients) {
      facts.set(customer, { kind: 'recipient', address_hash, revision });
    }
    for (const { customer, reason } of event.data.suppressed) facts.set(customer, { kind: 'suppressed', reason });
  } else {
    for (const customer of customersOf(event)) facts.set(customer, { kind: 'cancelled' });
  }
  return facts;
}
