import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exportSchemas, type JsonSchema } from '../../contracts/schema-export.js';
import type { AddCommand } from '../add-command.js';

/** `cebe schema export`: the JSON Schema (2020-12) of what modules send and people write: events, their bodies, segment rules. */
export const addSchema: AddCommand = (program, { output, cwd }) => {
  program
    .command('schema')
    .description('the contracts of events and rules')
    .command('export')
    .description('write the JSON Schema of the event envelope, of every event type and of segment rules')
    .option('--out <folder>', 'one file each, instead of all on stdout')
    .action(async (options: { readonly out?: string }) => {
      const schemas = exportSchemas();
      if (options.out === undefined) {
        output.data(schemas, (value) => JSON.stringify(value, null, 2));
        return;
      }
      const files = { event: schemas.event, segment_rule: schemas.segment_rule, ...schemas.bodies };
      await writeSchemas(resolve(cwd, options.out), files);
      output.note(`${Object.keys(files).length} schemas written to ${options.out}`);
    });
};

/** Type names cannot hold a slash, so they are safe as file names. */
async function writeSchemas(folder: string, schemas: Readonly<Record<string, JsonSchema>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, schema] of Object.entries(schemas)) {
    await writeFile(join(folder, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
  }
}
