import { Readable } from 'node:stream';
import { z } from 'zod';
import { EngineError } from '../../contracts/errors.js';
import type { Customers } from '../../contracts/read-models/customers.port.js';
import type { HeldEvent, HeldPart, PersonalData } from '../../contracts/read-models/personal-data.port.js';
import { isoInstant, type Clock } from '../../runtime/clock.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { consistencyQuery } from '../queries/consistency.js';
import type { ReadConsistency } from '../read-consistency.js';
import type { Reveals } from '../reveal.js';
import type { ApiRoutes } from '../route-config.js';

export interface CustomerExportRoutesDeps {
  readonly customers: Pick<Customers, 'get'>;
  readonly personalData: PersonalData;
  /** Everyone who is the same person as this customer, who is among them. */
  readonly membersOf: (workspace: string, customerId: string) => Promise<readonly string[]>;
  readonly reveals: Reveals;
  readonly reads: ReadConsistency;
  readonly clock: Clock;
}

const params = z.strictObject({ id: z.string().max(64) });
const querystring = z.strictObject({
  ...consistencyQuery,
  part: z
    .enum(['everything', 'consent'])
    .default('everything')
    .describe('`consent`: only what was said about messages, with its evidence'),
});

const notIncluded = [
  'Keyed hashes of identifiers, and addresses on the suppression list, which are known by such a hash only.',
  'Entries that were refused: until somebody has mended them nobody knows whom they are about. See the dead letters.',
  'What a provider of messages keeps, such as Mailgun, and message files of an outbox.',
];

/** `/v1/customers/{id}/export`: everything that is held about a person, as one JSON document that is written while it is read. */
export function customerExportRoutes(deps: CustomerExportRoutesDeps): ApiRoutes {
  const { customers, reveals, reads, membersOf } = deps;
  return (api) => {
    api.get(
      '/v1/customers/:id/export',
      { config: { access: 'pii:read' }, schema: { params, querystring, response: { 200: z.unknown() } } },
      async (request, reply) => {
        const { workspace } = principalOf(request);
        const { part } = request.query;
        const { id } = request.params;
        await reads.of('profiles', request.query, `${workspace}/${id}`);
        const profile = await customers.get(workspace, id, 'revealed');
        if (profile === null)
          throw new EngineError('not_found', `Expected the id of a customer of this workspace, found ${id}, which is none.`);
        const members = await membersOf(workspace, id);
        await reveals.record(request, part === 'consent' ? 'consent_export' : 'export', members);
        const head = {
          exported_at: isoInstant(deps.clock()),
          workspace,
          customers: members,
          not_included: notIncluded,
          ...(part === 'everything' ? { profile } : { consent: profile.consent }),
        };
        const text = document(head, eventsOf(deps, workspace, { members, part }));
        return reply
          .type('application/json; charset=utf-8')
          .header('content-disposition', `attachment; filename="customer-${id.replace(/[^\w-]/g, '_')}.json"`)
          .send(Readable.from(text));
      },
    );
  };
}

async function* eventsOf(
  { personalData }: CustomerExportRoutesDeps,
  workspace: string,
  { members, part }: { readonly members: readonly string[]; readonly part: HeldPart },
): AsyncGenerator<HeldEvent> {
  for (const member of members) yield* personalData.events(workspace, member, part);
}

/** The head's fields, then the events one by one, and how many they were: a document that breaks off is no JSON. */
async function* document(head: object, events: AsyncIterable<HeldEvent>): AsyncGenerator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"events":[`;
  let count = 0;
  for await (const event of events) {
    yield `${count === 0 ? '' : ','}\n${JSON.stringify(event)}`;
    count += 1;
  }
  yield `\n],"event_count":${String(count)}}\n`;
}
