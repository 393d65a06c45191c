import { z } from 'zod';
import type { HttpClient, RequestOptions } from './http-client.js';

const PAGE = 200;

export interface PagesOptions {
  readonly query?: NonNullable<RequestOptions['query']>;
  /** At most so many items. */
  readonly limit?: number;
}

/** The items of a list of the engine, page by page. */
export async function* allPages<Item>(
  client: HttpClient,
  path: string,
  { item, query, limit = Infinity }: PagesOptions & { readonly item: z.ZodType<Item> },
): AsyncGenerator<Item> {
  const page = z.object({ data: z.array(item), page: z.object({ next_cursor: z.string().nullable() }) });
  let [left, cursor] = [limit, undefined as string | undefined];
  while (left > 0) {
    const answer = await client.request('GET', path, page, { query: { ...query, limit: Math.min(PAGE, left), cursor } });
    yield* answer.data;
    left -= answer.data.length;
    if (answer.page.next_cursor === null) return;
    cursor = answer.page.next_cursor;
  }
}

/** All of them, in memory. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
