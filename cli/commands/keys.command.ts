import { Option } from 'commander';
import { z } from 'zod';
import { roles } from '../../contracts/access.js';
import type { AddCommand } from '../add-command.js';
import { confirm } from '../confirm.js';
import { wholeNumber } from '../option-values.js';

const DAY_MS = 86_400_000;
const HOUR_S = 3_600;

interface CreateOptions {
  readonly name: string;
  readonly source?: string;
  readonly role?: string;
  readonly scope?: readonly string[];
  readonly expiresIn?: number;
  readonly allow?: readonly string[];
}

const created = z.object({ key_id: z.string(), key: z.string(), position: z.string() });
const key = z.object({
  key_id: z.string(),
  name: z.string(),
  prefix: z.string(),
  source: z.string(),
  scopes: z.array(z.string()),
  role: z.string().optional(),
  created_at: z.string(),
  expires_at: z.string().optional(),
  revoked_at: z.string().optional(),
  last_used_at: z.string().optional(),
});

/** `cebe keys create|list|rotate|revoke`: who may come in. */
export const addKeys: AddCommand = (program, { output, withEngine }) => {
  const keys = program.command('keys').description('API keys');
  keys
    .command('create')
    .description('make a key; its text is shown only now')
    .requiredOption('--name <text>', 'for people')
    .option('--source <name>', 'what its events are recorded under; the name in lower case unless told')
    .addOption(new Option('--role <role>', 'what it may do; module (only send events) unless told').choices(Object.keys(roles)))
    .option('--scope <scope...>', 'what it may do, instead of a role')
    .option('--expires-in <days>', 'refused after so many days; never unless told', wholeNumber)
    .option('--allow <range...>', 'IP addresses and CIDR ranges that it is taken from; any unless told')
    .action(async ({ name, source = sourceOf(name), role, scope, expiresIn, allow }: CreateOptions) => {
      const allowed =
        scope === undefined ? { role: role ?? 'module' } : { scopes: scope, ...(role === undefined ? {} : { role }) };
      const ends = expiresIn === undefined ? {} : { expires_at: new Date(Date.now() + expiresIn * DAY_MS).toISOString() };
      const from = allow === undefined ? {} : { allowed_addresses: allow };
      const body = { name, source, ...allowed, ...ends, ...from };
      const made = await withEngine(async ({ client }) => {
        const answer = await client.request('POST', '/v1/keys', created, { body });
        // What is shown can be used at once.
        await client.request('GET', '/v1/keys', z.unknown(), { query: { min_position: answer.position } });
        return answer;
      });
      output.data({ key_id: made.key_id, key: made.key, source }, () => made.key);
      output.note(`key ${made.key_id} of source ${source}: keep it safe, it is not shown again`);
    });
  keys
    .command('list')
    .description('the keys of the workspace, without their texts')
    .action(async () => {
      const { data } = await withEngine(({ client }) => client.request('GET', '/v1/keys', z.object({ data: z.array(key) })));
      output.table(data, [
        { heading: 'KEY', cell: (row) => row.key_id },
        { heading: 'BEGINS', cell: (row) => row.prefix },
        { heading: 'NAME', cell: (row) => row.name },
        { heading: 'SOURCE', cell: (row) => row.source },
        { heading: 'ROLE', cell: (row) => row.role ?? `${row.scopes.length} scopes` },
        { heading: 'CREATED', cell: (row) => row.created_at },
        { heading: 'LAST USED', cell: (row) => row.last_used_at ?? '' },
        { heading: 'ENDS', cell: (row) => row.revoked_at ?? row.expires_at ?? '' },
      ]);
    });
  keys
    .command('rotate')
    .description('make a key in the place of another one; its text is shown only now')
    .argument('<key_id>')
    .option('--overlap <hours>', 'how long the old key is still taken; 24 unless told, at most 720', wholeNumber)
    .action(async (id: string, { overlap = 24 }: { readonly overlap?: number }) => {
      const path = `/v1/keys/${encodeURIComponent(id)}/rotate`;
      const body = { overlap_s: overlap * HOUR_S };
      const made = await withEngine(({ client }) => client.request('POST', path, created, { body }));
      output.data({ key_id: made.key_id, key: made.key, replaces: id }, () => made.key);
      output.note(`key ${made.key_id} takes the place of ${id}, which is refused in ${overlap} hours`);
    });
  keys
    .command('revoke')
    .description('refuse a key from now on, for ever')
    .argument('<key_id>')
    .option('--yes', 'do not ask')
    .action(async (id: string, { yes }: { readonly yes?: true }) => {
      await confirm(output, { yes: yes === true, name: id, consequence: `Whoever uses key ${id} is refused from now on.` });
      const path = `/v1/keys/${encodeURIComponent(id)}`;
      const { position } = await withEngine(({ client }) => client.request('DELETE', path, z.object({ position: z.string() })));
      output.data({ key_id: id, revoked: true, position }, () => `key ${id} is revoked`);
    });
};

function sourceOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .slice(0, 64);
}
