import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readVersion } from '../../app/version.js';
import { asyncapiDocument } from '../../contracts/asyncapi.js';
import { exportSchemas, type JsonSchema } from '../../contracts/schema-export.js';
import type { AddCommand } from '../add-command.js';

/** `cebe schema export`: the JSON Schema (2020-12) of what modules send and people write: events, their bodies, segment rules; and AsyncAPI of the events. */
export const addSchema: AddCommand = (program, { output, cwd }) => {
  program
    .command('schema')
    .description('the contracts of events and rules')
    .command('export')
    .description(
      'write the JSON Schema of the event envelope, of every event type and of segment rules, and AsyncAPI 3.0 of what modules push',
    )
    .option('--out <folder>', 'one file each, instead of all on stdout')
    .action(async (options: { readonly out?: string }) => {
      const schemas = exportSchemas();
      const asyncapi = asyncapiDocument(readVersion());
      if (options.out === undefined) {
        output.data({ ...schemas, asyncapi }, (value) => JSON.stringify(value, null, 2));
        return;
      }
      const files = { event: schemas.event, segment_rule: schemas.segment_rule, ...schemas.bodies };
      const folder = resolve(cwd, options.out);
      await writeSchemas(folder, files);
      await writeFile(join(folder, 'asyncapi.json'), `${JSON.stringify(asyncapi, null, 2)}\n`);
      output.note(`${Object.keys(files).length} schemas and asyncapi.json written to ${options.out}`);
    });
};

/** Type names cannot hold a slash, so they are safe as file names. */
async function writeSchemas(folder: string, schemas: Readonly<Record<string, JsonSchema>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, schema] of Object.entries(schemas)) {
    await writeFile(join(folder, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
  }
}
