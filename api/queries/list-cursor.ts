import { createHash } from 'node:crypto';
import { EngineError } from '../../contracts/errors.js';

/** Writes and reads the cursors of one list. */
export interface ListCursor {
  /** The cursor of the page that begins behind the place; null where there is none. */
  write(place: string | null): string | null;
  /** The place that `write` was given; undefined without a cursor. `invalid_input` for any text that is no cursor of this list. */
  read(cursor: string | undefined): string | undefined;
}

const MARK_BYTES = 6;

/** Cursors that begin with a mark of the list, so that one of another list, or any other text, is no place in this one. */
export function listCursor(list: string): ListCursor {
  const mark = createHash('sha256').update(list).digest().subarray(0, MARK_BYTES);
  return {
    write: (place) => (place === null ? null : Buffer.concat([mark, Buffer.from(place, 'utf8')]).toString('base64url')),
    read(cursor) {
      if (cursor === undefined) return undefined;
      const bytes = Buffer.from(cursor, 'base64url');
      const place = bytes.subarray(MARK_BYTES);
      // Decoding leaves out what it does not know: only what `write` gives comes back as it was.
      const isOwn = bytes.subarray(0, MARK_BYTES).equals(mark) && place.length > 0 && bytes.toString('base64url') === cursor;
      if (isOwn) return place.toString('utf8');
      throw cursorInvalid();
    },
  };
}

/** The refusal of a cursor that the list did not give. */
export function cursorInvalid(): EngineError {
  const detail = 'query parameter: expected next_cursor of the page before';
  return new EngineError('invalid_input', `/cursor: ${detail}`, { places: [{ pointer: '/cursor', detail }] });
}
