import type { FieldPath } from '../filter.js';
import type { CollectionTable } from './collections.js';
import { type Database, textOf } from './database.js';
import { indexedValueExpression, jsonPath } from './json-path.js';
import type { PatchRows } from './protocol.js';

/** Changes one field of the documents that are there and stand early enough, in one statement; answers the ids of those changed. */
export function patchRows(
  database: Database,
  into: CollectionTable,
  request: { readonly patch: PatchRows; readonly now: number },
): readonly string[] {
  const { ids, through, position, path, json } = request.patch;
  const body = json === null ? 'jsonb_remove(body, ?5)' : 'jsonb_set(body, ?5, jsonb(?6))';
  const changed = into.values
    .filter((value) => isRelated(value.path, path))
    .map((value) => `${value.column} = ${indexedValueExpression(body, value.path)}, `);
  const rows = database.rows(
    `UPDATE ${into.table} SET position = ?1, ${changed.join('')}body = ${body}
      WHERE id IN (SELECT value FROM json_each(?2)) AND position <= ?3 AND body IS NOT NULL
        AND (expires_at IS NULL OR expires_at > ?4) RETURNING id`,
    position,
    JSON.stringify(ids),
    through,
    request.now,
    jsonPath(path),
    ...(json === null ? [] : [json]),
  );
  return rows.map(([id]) => textOf(id));
}

/** Whether a change at the one path can be seen at the other. */
function isRelated(one: FieldPath, other: FieldPath): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length).every((key, index) => key === other[index]);
}
