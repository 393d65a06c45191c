import type { DecodedEvent } from '../contracts/events/decoded-event.js';
import type { StreamCategory } from '../contracts/events/streams.js';
import type { Json, JsonObject } from '../contracts/json.js';
import type { FieldPath } from '../stores/document-store/filter.js';
import type { IndexSpec } from '../stores/document-store/document-store.port.js';

/** One field that an event sets, or takes away where `value` is absent, in each of these documents; nothing else of them changes. */
export interface FieldChange {
  readonly keys: readonly string[];
  readonly path: FieldPath;
  readonly value?: Json;
}

/**
 * A read model as data and pure functions; it knows no database and no clock. Each key is a document guarded alone; keys begin with
 * `<workspace>/`. Folding an event that the document already includes never happens: the processor compares positions.
 */
export interface Projection<Document extends JsonObject> {
  /** kebab-case; the collection is `<name>@v<generation>`. */
  readonly name: string;
  /** Raised when the meaning of the documents changes; the running system then rebuilds. */
  readonly version: number;
  readonly categories: readonly StreamCategory[];
  /** Event types it folds; `*` takes every type of its categories. */
  readonly handles: readonly string[] | '*';
  /** Whether `evolve` needs `quasi` values, or the types of the events of which it does: only then are they opened. */
  readonly opensQuasi: boolean | ReadonlySet<string>;
  readonly indexes: readonly IndexSpec[];
  keys(event: DecodedEvent): readonly string[];
  /**
   * The document with the event folded in; null deletes it (a tombstone). `shared` is what all decisions share at the event, where the
   * projection has a reactor.
   */
  evolve(document: Document | null, event: DecodedEvent, key: string, shared?: JsonObject): Document | null;
  /**
   * What `evolve` makes of the event, where that is the same change for many keys: then no document has to be read for it. Empty for all
   * other events. Keys without a document stay without one.
   */
  changes?(event: DecodedEvent): readonly FieldChange[];
}
