import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { IANAZone } from 'luxon';
import { EngineError, type ErrorPlace } from '../../contracts/errors.js';
import { placesOf, pointerStep } from '../../contracts/zod-places.js';
import type { InputItem } from '../sending/outgoing-entry.js';
import { countLines, decodeText, readLines } from '../sending/read-lines.js';
import { csvRows } from './csv-rows.js';
import { fingerprintOf } from './import-state.js';
import { mapRow, unknownNames } from './map-row.js';
import { importMapSchema, type FieldMap, type ImportMap } from './map-schema.js';
import { ndjsonRow } from './ndjson-rows.js';
import type { ImportPlan } from './run-import.js';

/** Kinds of files that a map can read. */
export type MappedKind = 'csv' | 'ndjson';

export interface MappedPlanOptions {
  readonly kind: MappedKind;
  readonly mapFile: string;
  /** For times without an offset, unless the map names one. */
  readonly zone: string;
  readonly label: string;
}

/** How a file will be imported through a map. Errors: `invalid_input` with the places of the map. */
export async function planMapped(file: string, options: MappedPlanOptions): Promise<ImportPlan> {
  const { kind, mapFile, zone, label } = options;
  const text = await readFile(mapFile, 'utf8');
  const map = parseImportMap(text, mapFile);
  return {
    label,
    items: () => mappedItems(createReadStream(file), map, { kind, zone }),
    lines: await countLines(createReadStream(file)),
    fingerprint: await fingerprintOf(file, `${kind} ${zone} ${text}`),
  };
}

/** The map in a JSON text. Errors: `invalid_input`, with a pointer to each mistake. */
export function parseImportMap(text: string, name: string): ImportMap {
  const parsed = importMapSchema.safeParse(parseJson(text, name));
  const places = parsed.success ? unknownZones(parsed.data) : placesOf(parsed.error);
  if (parsed.success && places.length === 0) return parsed.data;
  throw wrongMap(name, places);
}

/** The events of a file, in its order. Errors: `invalid_input` when the map reads a column that is not there. */
export async function* mappedItems(
  chunks: AsyncIterable<Uint8Array>,
  map: ImportMap,
  { kind, zone }: { readonly kind: MappedKind; readonly zone: string },
): AsyncGenerator<InputItem> {
  if (kind === 'ndjson') {
    for await (const line of readLines(decodeText(chunks))) {
      const source = ndjsonRow(line);
      if (source === null) continue;
      yield 'code' in source ? { kind: 'refused', refused: source } : mapRow(source, map, zone);
    }
    return;
  }
  const { delimiter = ',', quote = '"', encoding = 'utf-8', columns } = map.csv ?? {};
  const onColumns = (names: readonly string[]): void => {
    const places = unknownNames(map, names);
    if (places.length > 0) throw wrongMap('the map', places);
  };
  const given = { delimiter, quote, encoding, onColumns, ...(columns === undefined ? {} : { columns }) };
  for await (const item of csvRows(decodeText(chunks, encoding), given)) {
    yield item.kind === 'refused' ? item : mapRow(item.source, map, zone);
  }
}

function unknownZones(map: ImportMap): readonly ErrorPlace[] {
  const fields: readonly (readonly [string, FieldMap | undefined])[] = [
    ['/occurred_at', map.occurred_at],
    ...Object.entries(map.properties).map(([name, field]) => [`/properties${pointerStep(name)}`, field] as const),
    ...Object.entries(map.context ?? {}).map(([name, field]) => [`/context${pointerStep(name)}`, field] as const),
  ];
  return fields.flatMap(([pointer, field]) =>
    field?.zone === undefined || IANAZone.isValidZone(field.zone)
      ? []
      : [{ pointer: `${pointer}/zone`, detail: 'expected an IANA time zone such as Asia/Jakarta' }],
  );
}

function parseJson(text: string, name: string): unknown {
  try {
    // JSON.parse declares any; the schema decides.
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new EngineError('invalid_input', `Expected JSON in ${name}: ${why}.`, { cause: error });
  }
}

function wrongMap(name: string, places: readonly ErrorPlace[]): EngineError {
  return new EngineError('invalid_input', `${name} has ${places.length === 1 ? 'a mistake' : `${places.length} mistakes`}.`, {
    places,
  });
}
