import { z } from 'zod';
import type { Ingest } from '../../commands/ingest/ingest.js';
import type { RawEntry } from '../../commands/ingest/prepare-entry.js';
import type { ImportCommands } from '../../commands/imports/imports.commands.js';
import type { ImportTallies } from '../../commands/imports/import-tallies.js';
import { EngineError } from '../../contracts/errors.js';
import { ingestAnswerSchema, ingestLimits } from '../../contracts/ingest.js';
import type { Clock } from '../../runtime/clock.js';
import { entriesOfLines } from '../bodies/ndjson-entries.js';
import { ingestRoute, sendReceipts, takeEntries } from '../ingest-request.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import type { ApiRoutes } from '../route-config.js';
import { countReceipts } from '../views/ingest-answer.js';

export interface EventsRoutesDeps {
  readonly storeId: string;
  readonly ingest: Ingest;
  readonly imports: Pick<ImportCommands, 'requireOpen'>;
  readonly tallies: Pick<ImportTallies, 'add'>;
  readonly clock: Clock;
}

const query = z.strictObject({
  mode: z.enum(['live', 'backfill']).default('live').describe('`backfill`: history, folded without reactions'),
  import: z.string().max(128).optional().describe('The open import that the events belong to'),
});

/** `POST /v1/events`: takes JSON or NDJSON; a receipt for each event, 429 when one could not be durably decided. */
export function eventsRoutes(deps: EventsRoutesDeps): ApiRoutes {
  return (api) => {
    api.post(
      '/v1/events',
      {
        config: { ...ingestRoute, body: 'ndjson', stricter: { 'mode=backfill': 'ingest:backfill' } },
        bodyLimit: ingestLimits.requestBytes,
        schema: { querystring: query, response: { 200: ingestAnswerSchema } },
      },
      async (request, reply) => {
        const { workspace, scopes } = principalOf(request);
        const backfill = backfillOf(request.query, scopes);
        if (backfill !== undefined) await deps.imports.requireOpen(workspace, backfill);
        const answer = await takeEntries(request, { ingest: deps.ingest, entries: entriesOf(request.body), backfill });
        if (backfill !== undefined)
          await deps.tallies.add(workspace, backfill, { counts: countReceipts(answer.receipts), now: deps.clock() });
        return sendReceipts(reply, answer, deps.storeId);
      },
    );
  };
}

function backfillOf(asked: z.infer<typeof query>, scopes: ReadonlySet<string>): string | undefined {
  if (asked.mode === 'live') {
    if (asked.import === undefined) return undefined;
    const detail = 'expected mode=backfill beside the id of an import, found live: what belongs to an import is history';
    throw new EngineError('invalid_input', detail, { places: [{ pointer: '/mode', detail: `query parameter: ${detail}` }] });
  }
  if (!scopes.has('ingest:backfill'))
    throw new EngineError('forbidden', 'This call needs the scope ingest:backfill for mode=backfill.');
  if (asked.import !== undefined) return asked.import;
  const detail = 'expected the id of an open import (POST /v1/imports), found none';
  throw new EngineError('invalid_input', detail, { places: [{ pointer: '/import', detail: `query parameter: ${detail}` }] });
}

function entriesOf(body: unknown): readonly RawEntry[] {
  if (Buffer.isBuffer(body)) return entriesOfLines(body.toString('utf8'));
  return eventsOf(body).map((value) => ({ kind: 'json', value }) as const);
}

function eventsOf(body: unknown): readonly unknown[] {
  if (typeof body === 'object' && body !== null && 'events' in body && Array.isArray(body.events)) return body.events;
  const detail = 'expected a list of events';
  throw new EngineError('invalid_input', `Expected {"events": [...]}; /events: ${detail}.`, {
    places: [{ pointer: '/events', detail }],
  });
}
