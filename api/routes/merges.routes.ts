import { z } from 'zod';
import type { MergeAsked, MergeCommands } from '../../commands/identity/merge.commands.js';
import type { MergePreview } from '../../commands/identity/merge-preview.js';
import type { Clock } from '../../runtime/clock.js';
import { encodePosition } from '../../runtime/positions.js';
import { commandContextOf } from '../command-context.js';
import type { ApiRoutes } from '../route-config.js';

export interface MergesRoutesDeps {
  readonly commands: MergeCommands;
  readonly storeId: string;
  readonly clock: Clock;
}

const params = z.strictObject({ id: z.string().max(64) });
const body = z.strictObject({
  with: z.string().min(1).max(64).describe('The other customer'),
  reason: z.string().min(1).max(1_000).describe('Why, in words; kept sealed with the link'),
  dry_run: z.boolean().default(false).describe('Only say what would be different'),
});
const consentState = z.enum(['granted', 'withdrawn']).optional();
const ids = z.array(z.string());
const change = z.object({
  from: ids,
  to: ids,
  fields: z.array(z.string()),
  events: z.array(z.object({ type: z.string(), from: z.int(), to: z.int() })),
  segments: z.object({ entered: ids, left: ids }),
  consent: z.array(z.object({ channel: z.string(), purpose: z.string(), from: consentState, to: consentState })),
});
const preview = z.object({ dry_run: z.literal(true), changes: z.array(change) });
const done = z.object({ dry_run: z.literal(false), events: z.int(), position: z.string() });
const response = { 200: z.discriminatedUnion('dry_run', [done, preview]) };

/** `/v1/customers/{id}/merge` and `/unmerge`: who is one person, said by hand, and what it would change. */
export function mergesRoutes({ commands, storeId, clock }: MergesRoutesDeps): ApiRoutes {
  return (api) => {
    for (const action of ['merge', 'unmerge'] as const) {
      const config = { access: 'customers:write' };
      api.post(`/v1/customers/:id/${action}`, { config, schema: { params, body, response } }, async (request) => {
        const context = commandContextOf(request, clock);
        const asked: MergeAsked = { customerId: request.params.id, with: request.body.with, reason: request.body.reason };
        if (request.body.dry_run) {
          const seen = await (action === 'merge'
            ? commands.previewMerge(asked, context)
            : commands.previewUnmerge(asked, context));
          return { dry_run: true as const, changes: changesOf(seen) };
        }
        const { position, events } = await commands[action](asked, context);
        return { dry_run: false as const, events, position: encodePosition(storeId, position) };
      });
    }
  };
}

/** Only the readonly marks differ. */
function changesOf({ changes }: MergePreview): z.infer<typeof change>[] {
  return structuredClone(changes) as z.infer<typeof change>[];
}
