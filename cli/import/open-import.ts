import { z } from 'zod';
import type { HttpClient } from '../http-client.js';

const importSchema = z.object({
  import_id: z.string(),
  state: z.enum(['open', 'finished']),
  label: z.string().optional(),
  shift_days: z.int().optional(),
});
const started = z.object({ import_id: z.string(), position: z.string() });
const finished = z.object({ counts: z.object({ received: z.int() }), position: z.string() });

/** An import as the engine lists it. */
export type ListedImport = z.infer<typeof importSchema>;

/** The imports with a label, oldest first. */
export async function listImports(client: HttpClient, label: string): Promise<readonly ListedImport[]> {
  const { data } = await client.request('GET', '/v1/imports', z.object({ data: z.array(importSchema) }), { query: { label } });
  return data;
}

/** Starts an import; answers its id. */
export async function startImport(client: HttpClient, about: { label: string; shift_days?: number }): Promise<string> {
  return (await client.request('POST', '/v1/imports', started, { body: about })).import_id;
}

/** Ends an import; answers where the log stands. */
export async function finishImport(client: HttpClient, importId: string): Promise<string> {
  const path = `/v1/imports/${encodeURIComponent(importId)}/finish`;
  return (await client.request('POST', path, finished)).position;
}

const settings = z.object({
  time_zone: z.string(),
  unknown_types: z.enum(['accept', 'quarantine']),
  default_country: z.string(),
});

/** What the workspace decides about what is imported. */
export function readWorkspace(client: HttpClient): Promise<z.infer<typeof settings>> {
  return client.request('GET', '/v1/workspace', settings);
}
