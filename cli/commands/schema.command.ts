import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { EventContract } from '../../contracts/events/event-contract.js';
import { listContracts } from '../../contracts/events/event-contracts.js';
import type { AddCommand } from '../add-command.js';

type JsonSchema = Readonly<Record<string, unknown>>;

/** `cebe schema export`: the JSON Schema (2020-12) of each event type's properties, as modules send them. */
export const addSchema: AddCommand = (program, { output, cwd }) => {
  program
    .command('schema')
    .description('the contracts of events')
    .command('export')
    .description('write the JSON Schema of every event type')
    .option('--intake', 'only types that modules may send')
    .option('--out <folder>', 'one file a type, instead of all on stdout')
    .action(async (options: { readonly intake?: true; readonly out?: string }) => {
      const contracts = listContracts().filter((contract) => options.intake !== true || contract.intake);
      const schemas = contracts.map(schemaOf);
      if (options.out === undefined) output.data(catalogueOf(schemas), (value) => JSON.stringify(value, null, 2));
      else await writeSchemas(resolve(cwd, options.out), schemas);
      if (options.out !== undefined) output.note(`${schemas.length} schemas written to ${options.out}`);
    });
};

/** One file that holds them all, by type. */
function catalogueOf(schemas: readonly JsonSchema[]): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: Object.fromEntries(schemas.map((schema) => [String(schema.title), schema])),
  };
}

/** Undeclared properties are allowed: they are kept as they come. */
function schemaOf(contract: EventContract): JsonSchema {
  return {
    ...z.toJSONSchema(contract.intake ? contract.schemas.wire : contract.schemas.written, { io: 'input' }),
    $id: `urn:cebe:event:${contract.type}:${contract.version}`,
    title: contract.type,
    description: contract.purpose,
    'x-cebe': {
      version: contract.version,
      owner: contract.owner,
      intake: contract.intake,
      pii: contract.pii,
      ...(contract.timeField === undefined ? {} : { time_field: contract.timeField }),
      ...(contract.measures.length === 0 ? {} : { measures: contract.measures }),
    },
    examples: [contract.intake ? (contract.moduleExample ?? contract.example) : contract.example],
  };
}

async function writeSchemas(folder: string, schemas: readonly JsonSchema[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const schema of schemas) {
    await writeFile(join(folder, `${String(schema.title)}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
  }
}
