import type { SuppressedReason } from '../../contracts/events/campaign-message.events.js';
import type { PlainData } from '../../contracts/events/event-contracts.js';

type Chunk = PlainData<'campaign_run.audience_chunk'>;

/** A member of the segment at the snapshot: an address to write to, or why there is to be no message. */
export type AudienceMember =
  | { readonly customer: string; readonly address_hash: string; readonly revision: string }
  | { readonly customer: string; readonly reason: SuppressedReason };

/** Gathers members into chunks that fit into an event; of several customers with one address the first is written to. */
export interface Audience {
  /** Takes the next member in customer order; answers a chunk when one is full. */
  add(member: AudienceMember): Chunk | null;
  /** The last chunk, if anything is left. */
  rest(): Chunk | null;
}

/** What an event may hold. */
const CHUNK_MEMBERS = 5_000;
const CHUNK_BYTES = 480_000;
/** Field names, quotes and commas around one member. */
const MEMBER_BYTES = 48;

/** An audience that goes on behind `chunks` chunks, with the addresses that these hold. */
export function createAudience(chunks: number, addresses: Iterable<string>): Audience {
  const known = new Set(addresses);
  let number = chunks;
  let bytes = 0;
  let recipients: Chunk['recipients'] = [];
  let suppressed: Chunk['suppressed'] = [];

  function take(): Chunk {
    number += 1;
    const chunk = { chunk: number, recipients, suppressed };
    recipients = [];
    suppressed = [];
    bytes = 0;
    return chunk;
  }

  return {
    add(member) {
      if ('reason' in member) suppressed.push(member);
      else if (known.has(member.address_hash)) suppressed.push({ customer: member.customer, reason: 'duplicate_address' });
      else {
        known.add(member.address_hash);
        recipients.push(member);
      }
      bytes +=
        MEMBER_BYTES + member.customer.length + ('reason' in member ? 20 : member.address_hash.length + member.revision.length);
      return recipients.length + suppressed.length >= CHUNK_MEMBERS || bytes >= CHUNK_BYTES ? take() : null;
    },
    rest: () => (recipients.length + suppressed.length === 0 ? null : take()),
  };
}
