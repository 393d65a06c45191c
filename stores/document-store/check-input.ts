import { EngineError } from '../../contracts/errors.js';
import { checkFilter, checkPath } from './check-filter.js';
import { isWellFormed } from './code-points.js';
import type { DocumentPatch, DocumentWrite, FindOptions, IndexSpec } from './document-store.port.js';

const NAME = /^[a-z0-9][a-zA-Z0-9_.@:/-]{0,119}$/;
const CONTROL = /[\u0000-\u001f\u007f]/;
const LARGEST_POSITION = 2n ** 63n - 1n;

/** Refuses (`invalid_input`) the name of a collection, an index, a checkpoint or a lease that not every adapter can hold. */
export function checkName(name: string, of: string): void {
  if (!NAME.test(name)) throw invalid(`expected the name of a ${of} to match ${NAME.source}, found "${name}"`);
}

/** Refuses (`invalid_input`) an id that not every adapter can hold. */
export function checkId(id: string): void {
  if (id.length === 0 || id.length > 512) throw invalid(`expected an id of 1 to 512 characters, found ${String(id.length)}`);
  checkIdText(id);
}

/** Refuses (`invalid_input`) a position that does not fit into 64 bits. */
export function checkPosition(position: bigint): void {
  if (position < -1n || position > LARGEST_POSITION)
    throw invalid(`expected a position from -1 to ${String(LARGEST_POSITION)}, found ${String(position)}`);
}

/** Refuses (`invalid_input`) writes whose ids, positions or times are not valid, or that name an id twice; bodies are checked when encoded. */
export function checkWrites(writes: readonly DocumentWrite[]): void {
  const ids = new Set<string>();
  for (const { id, expected, position, expires_at } of writes) {
    checkId(id);
    checkPosition(position);
    if (expected !== 'none') checkPosition(expected);
    if (expires_at !== undefined && !(Number.isSafeInteger(expires_at) && expires_at >= 0)) {
      throw invalid(`expected expires_at of "${id}" in whole ms since 1970, found ${String(expires_at)}`);
    }
    if (ids.has(id)) throw invalid(`expected each id once in a put, found "${id}" twice`);
    ids.add(id);
  }
}

/** Refuses (`invalid_input`) a patch whose ids, positions or path are not valid; its value is checked when encoded. */
export function checkPatch({ ids, through, position, path }: DocumentPatch): void {
  ids.forEach(checkId);
  checkPosition(through);
  checkPosition(position);
  checkPath(path, '/path');
  if (position <= through) throw invalid(`expected a position behind ${String(through)}, found ${String(position)}`);
}

/** Refuses (`invalid_input`) options of a query that contradict each other or are out of bounds. */
export function checkFindOptions(options: FindOptions): void {
  const { limit, sort, cursor, afterId, without } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw invalid(`expected a limit from 1 to 10000, found ${String(limit)}`);
  if (afterId !== undefined && (sort !== undefined || cursor !== undefined))
    throw invalid('expected afterId without sort and cursor, found them together');
  if (afterId !== undefined) checkIdText(afterId);
  if (sort !== undefined) checkPath(sort.path, '/sort/path');
  if (without !== undefined && sort !== undefined)
    throw invalid('expected fields to be left out without sort, found them together');
  without?.forEach((field, index) => {
    checkPath([field], `/without/${String(index)}`);
  });
  checkSelection(options);
}

/** Refuses (`invalid_input`) a selection that cannot be compiled. */
export function checkSelection(options: Pick<FindOptions, 'idPrefix' | 'filter'>): void {
  if (options.idPrefix !== undefined) checkIdText(options.idPrefix);
  if (options.filter !== undefined) checkFilter(options.filter);
}

/** Refuses (`invalid_input`) indexes without paths, with bad names or with the same name twice. */
export function checkIndexes(indexes: readonly IndexSpec[]): void {
  const names = new Set<string>();
  for (const { name, paths } of indexes) {
    checkName(name, 'index');
    if (names.has(name)) throw invalid(`expected each index once, found "${name}" twice`);
    names.add(name);
    if (paths.length === 0) throw invalid(`expected index "${name}" to name at least one path, found none`);
    paths.forEach((path, index) => {
      checkPath(path, `/${name}/paths/${String(index)}`);
    });
  }
}

function checkIdText(text: string): void {
  if (CONTROL.test(text) || !isWellFormed(text))
    throw invalid(`expected ids of Unicode text without control characters, found ${JSON.stringify(text)}`);
}

function invalid(message: string): EngineError {
  return new EngineError('invalid_input', message);
}
