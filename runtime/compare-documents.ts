import { canonicalJson } from '../contracts/canonical-json.js';
import type { JsonObject } from '../contracts/json.js';
import type { DocumentStore } from '../stores/document-store/document-store.port.js';
import { walk } from './processor/walk.js';

/** One key whose documents are not the same. */
export interface Difference {
  readonly key: string;
  /** `missing`: only the log has it; `extra`: only the serving documents do. */
  readonly kind: 'different' | 'missing' | 'extra';
}

/** The two collections that are compared. */
export interface Compared {
  readonly documentStore: DocumentStore;
  readonly serving: string;
  readonly shadow: string;
}

/** Not part of what a document says: when it was made, not what was made. Nonces of sealed parts come from the log and are compared. */
const LEFT_OUT = ['position', 'as_of'];
const KEYS_AT_ONCE = 500;

/** Walks both collections in id order; yields the number of documents seen and the keys that differ. */
export async function* compareAll(
  compared: Compared,
): AsyncGenerator<{ readonly documents: number; readonly difference?: Difference }> {
  const { documentStore } = compared;
  const serving = walk(documentStore, compared.serving, {});
  const shadow = walk(documentStore, compared.shadow, {});
  let [left, right] = [await serving.next(), await shadow.next()];
  while (left.done !== true || right.done !== true) {
    if (right.done === true || (left.done !== true && left.value.id < right.value.id)) {
      if (left.done !== true) yield { documents: 1, difference: { key: left.value.id, kind: 'extra' } };
      left = await serving.next();
    } else if (left.done === true || right.value.id < left.value.id) {
      yield { documents: 0, difference: { key: right.value.id, kind: 'missing' } };
      right = await shadow.next();
    } else {
      const { id, body } = left.value;
      yield isSame(body, right.value.body) ? { documents: 1 } : { documents: 1, difference: { key: id, kind: 'different' } };
      [left, right] = [await serving.next(), await shadow.next()];
    }
  }
}

/** Compares just these keys, in order; stops after `limit` differences. */
export async function compareKeys(compared: Compared, keys: readonly string[], limit: number): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  for (let start = 0; start < keys.length && found.length < limit; start += KEYS_AT_ONCE) {
    const some = keys.slice(start, start + KEYS_AT_ONCE);
    const [serving, shadow] = await Promise.all([
      compared.documentStore.getMany(compared.serving, some),
      compared.documentStore.getMany(compared.shadow, some),
    ]);
    for (const key of some) {
      const [left, right] = [serving.get(key)?.body ?? null, shadow.get(key)?.body ?? null];
      if (left === null && right === null) continue;
      if (left === null) found.push({ key, kind: 'missing' });
      else if (right === null) found.push({ key, kind: 'extra' });
      else if (!isSame(left, right)) found.push({ key, kind: 'different' });
    }
  }
  return found.slice(0, limit);
}

function isSame(a: JsonObject, b: JsonObject): boolean {
  // Documents of one fold mostly have their keys in one order, which spares sorting them.
  return JSON.stringify(a) === JSON.stringify(b) || canonicalJson(told(a)) === canonicalJson(told(b));
}

function told(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !LEFT_OUT.includes(key)));
}
