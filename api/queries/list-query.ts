import { z } from 'zod';

/** Query parameters of every list; spread into the route's strict object. */
export const listQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(50).describe('How many items at most'),
  cursor: z.string().min(1).max(2048).optional().describe('`page.next_cursor` of the answer before'),
};

/** The parameter that asks a list for its total as well. */
export const countQuery = { count: z.literal('exact').optional().describe('Also answer `total`') };

/** The `page` of a list's answer. */
export const pageSchema = z.object({ next_cursor: z.string().nullable() });
