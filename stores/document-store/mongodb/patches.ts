import { ObjectId, type UpdateFilter } from 'mongodb';
import type { Json, JsonObject } from '../../../contracts/json.js';
import type { DocumentPatch } from '../document-store.port.js';
import { encodeBody } from '../encode-body.js';
import { EngineError } from '../../../contracts/errors.js';
import { pause, retries } from '../../mongodb/connection.js';
import { isPassing } from '../../mongodb/driver-errors.js';
import { isParallelArrays } from './indexes.js';
import type { Into } from './guard.js';
import type { DocumentRow } from './rows.js';
import { dotted, toStoredValue } from './stored-form.js';

const IDS_AT_ONCE = 1_000;

/** Changes one field of the documents that stand early enough; answers the ids of those changed, found by the token of this call. */
export async function patchRows(into: Into, patch: DocumentPatch): Promise<ReadonlySet<string>> {
  const { connection, collection, guard } = into;
  checkValue(patch);
  const token = new ObjectId();
  const field = dotted(patch.path, 'body');
  const { position, value } = patch;
  const change: UpdateFilter<DocumentRow> =
    value === undefined
      ? { $set: { position, token }, $unset: { [field]: 1 } }
      : { $set: { position, token, [field]: toStoredValue(value, patch.ids[0] ?? '') } };
  const ids = [...new Set(patch.ids)];
  const changed = new Set<string>();
  await guard.check();
  for (let next = 0; next < ids.length; next += IDS_AT_ONCE) {
    const some = ids.slice(next, next + IDS_AT_ONCE);
    await guard.check();
    await patchSome(into, { some, through: patch.through, change });
    const rows = await connection.again(`looking up what was patched in ${collection}`, (bounds) =>
      connection
        .documents(collection)
        .find({ _id: { $in: some }, token }, { projection: { _id: 1 }, batchSize: some.length, ...bounds })
        .toArray(),
    );
    for (const { _id } of rows) changed.add(_id);
  }
  return changed;
}

/** May be done twice: what was changed stands behind `through`. The driver does not repeat it by itself. */
async function patchSome(
  into: Into,
  asked: { readonly some: readonly string[]; readonly through: bigint; readonly change: UpdateFilter<DocumentRow> },
): Promise<void> {
  const { connection, collections, collection, guard, now } = into;
  const { some, through, change } = asked;
  for (let attempts = 1; ; attempts += 1) {
    try {
      await connection.once(`patching ${collection}`, (bounds) =>
        connection
          .documents(collection)
          .updateMany({ _id: { $in: [...some] }, position: { $lte: through }, shown_until: { $gt: now } }, change, { ...bounds }),
      );
      return;
    } catch (error) {
      const cause = error instanceof EngineError ? error.cause : error;
      if (attempts >= retries.attempts) throw error;
      if (isParallelArrays(error)) await collections.narrow(collection);
      else if (isPassing(cause)) await pause(attempts);
      else throw error;
      await guard.check();
    }
  }
}

/** What is refused is named by its place in the body. */
function checkValue({ ids, path, value }: DocumentPatch): void {
  if (value === undefined) return;
  const nested = path.reduceRight<Json>((inner, key) => ({ [key]: inner }), value);
  // The path has at least one key, so this is an object.
  encodeBody(nested as JsonObject, ids[0] ?? '');
}
