import type { RawEntry } from '../../commands/ingest/prepare-entry.js';
import { isEngineError } from '../../contracts/errors.js';
import { parseJsonText } from './json-text.js';

/** One entry a line; empty lines are left out, a line that is not JSON is an entry that says so. */
export function entriesOfLines(text: string): readonly RawEntry[] {
  return text.split('\n').flatMap((content, index): readonly RawEntry[] => {
    const line = content.trim();
    return line === '' ? [] : [entryOf(line, index + 1)];
  });
}

function entryOf(text: string, line: number): RawEntry {
  try {
    return { kind: 'json', value: parseJsonText(text), line };
  } catch (error) {
    if (!isEngineError(error, 'invalid_json')) throw error;
    return { kind: 'unreadable', text, detail: error.message, line };
  }
}
