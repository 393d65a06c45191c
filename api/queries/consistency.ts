import { z } from 'zod';

/** Query parameters of every read of a read model; spread into the route's strict object. */
export const consistencyQuery = {
  min_position: z.string().min(1).max(128).optional().describe('Wait until this position, as a write answered it, is included'),
  wait_ms: z.coerce.number().int().min(0).max(30_000).default(2000).describe('How long to wait for it, at most'),
};

/** How current the answer of a read is. */
export const asOfSchema = z
  .object({
    position: z.string(),
    at: z.iso.datetime({ offset: true }),
    lag_ms: z.number().nonnegative(),
    blocked: z.boolean().optional().describe('An event of this document waits for a person; later ones are not included'),
  })
  .meta({ id: 'AsOf' });

export type AsOf = z.infer<typeof asOfSchema>;
