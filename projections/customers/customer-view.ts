import type { JsonObject } from '../../contracts/json.js';
import type { CustomerView, Disclosure } from '../../contracts/read-models/customers.port.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { maskValue } from '../../domain/identity/masking.js';
import type { DirectValues } from '../../runtime/direct-values.js';
import { customerSubject } from '../../stores/vault/subjects.js';
import { wireSums } from './wire-money.js';

/** A profile with its personal values opened, masked unless they may be revealed. */
export async function customerView(
  profile: ProfileDocument,
  context: {
    readonly workspace: string;
    readonly direct: DirectValues;
    readonly disclosure: Disclosure;
    /** Segments that nobody is moved in or out of any more: who was in them last says nothing about now. */
    readonly archived: ReadonlySet<string>;
    /** Everyone who is this person, where there is more than one. */
    readonly members: readonly string[];
  },
): Promise<CustomerView> {
  const fields = Object.entries(profile.direct);
  const known = profile.identifiers.flatMap(({ kind, reference }) => (reference === undefined ? [] : [{ kind, reference }]));
  const references = [...fields.map(([, reference]) => reference), ...known.map(({ reference }) => reference)];
  const owner = { workspace: context.workspace, subject: customerSubject(profile.customer_id) };
  const opened = references.length === 0 ? [] : await context.direct.openDirect(references, owner);
  const shown = opened.map((value) => (value === undefined || context.disclosure === 'revealed' ? value : maskValue(value)));
  const direct: JsonObject = Object.fromEntries(
    fields.flatMap(([field], index) => {
      const value = shown[index];
      return value === undefined ? [] : [[field, value] as const];
    }),
  );
  return {
    qontak_customer_id: profile.customer_id,
    merged_ids: context.members.filter((id) => id !== profile.customer_id),
    identifiers: known.flatMap(({ kind }, index) => {
      const value = shown[fields.length + index];
      return value === undefined ? [] : [{ kind, value: typeof value === 'string' ? value : JSON.stringify(value) }];
    }),
    attributes: { ...profile.attributes, ...direct },
    events: Object.fromEntries(
      Object.entries(profile.events).map(([type, { total, first, last, sums }]) => [
        type,
        { count: total, first_at: first, last_at: last, sums: wireSums(sums) },
      ]),
    ),
    segments: Object.entries(profile.segments)
      .filter(([id]) => !context.archived.has(id))
      .map(([id, { entered_at: at }]) => ({ segment_id: id, entered_at: at })),
    consent: profile.consent,
    scores: {},
    first_seen_at: profile.first_seen_at,
    last_seen_at: profile.last_seen_at,
  };
}
