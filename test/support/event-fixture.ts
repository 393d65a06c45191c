import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../contracts/json.js';

interface BodyParts {
  readonly plain: JsonObject;
  readonly direct: JsonObject;
  readonly quasi: JsonObject;
}

/** A body as some version stored it, and what it has to read as for ever. */
export interface EventFixture extends BodyParts {
  readonly type: string;
  readonly schema_version: number;
  readonly expected: BodyParts;
}

const fixtures = join(__dirname, '../fixtures');

/** Reads a frozen fixture of `test/fixtures/events/`. */
export function readEventFixture(name: string): EventFixture {
  // The files are ours and frozen, so that their form is known.
  return JSON.parse(readFileSync(join(fixtures, 'events', name), 'utf8')) as EventFixture;
}

/** The texts of all frozen contracts or events, by file name. */
export function frozenFiles(kind: 'contracts' | 'events'): ReadonlyMap<string, string> {
  const folder = join(fixtures, kind);
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
