import { expect } from '@jest/globals';
import type { EngineChild } from './engine-child.js';
import { patiently } from './patience.js';

/** Calls the engine with the local token; what it answers must be a success. The caller says what the route's schema has. */
export async function ask<Answer>(engine: EngineChild, call: `${'GET' | 'POST'} ${string}`, body?: object): Promise<Answer> {
  const [method = '', path = ''] = call.split(' ');
  const response = await fetch(`${engine.url}${patiently(path)}`, {
    method,
    headers: { authorization: `Bearer ${engine.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect({ call, ok: response.ok, text: response.ok ? '' : text }).toEqual({ call, ok: true, text: '' });
  return JSON.parse(text) as Answer; // as the route's schema has it
}

interface Page<Item> {
  readonly data: readonly Item[];
  readonly page: { readonly next_cursor: string | null };
}

/** Everything that a list holds, page by page. */
export async function askAll<Item>(engine: EngineChild, path: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: Page<Item> = await ask(engine, `GET ${path}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    items.push(...page.data);
    cursor = page.page.next_cursor;
  }
  return items;
}
