import { EngineError } from '../../contracts/errors.js';
import { customerKeyOf, type InputItem } from './outgoing-entry.js';
import { readLines, type TextLine } from './read-lines.js';

const LARGEST_DOCUMENT = 67_108_864;

/**
 * Events as NDJSON (also with `{"events": […]}` on a line), as one JSON array, as one `{"events": […]}` or as one event. Only NDJSON is
 * read piece by piece. Lines that are no JSON become entries as they are: the engine keeps them, with the reason.
 */
export async function* readEvents(texts: AsyncIterable<string>): AsyncGenerator<InputItem> {
  const lines = readLines(texts);
  let document: string[] | null = null;
  let size = 0;
  let isFirst = true;
  for await (const { line, text } of lines) {
    if (document === null) {
      if (text.trim() === '') continue;
      if (!isFirst || isWhole(text)) {
        isFirst = false;
        yield* entriesOfLine({ line, text });
        continue;
      }
      document = [];
    }
    document.push(text);
    size += text.length;
    if (size > LARGEST_DOCUMENT)
      throw invalid(`Expected NDJSON, one event a line, for more than ${LARGEST_DOCUMENT} characters.`);
  }
  if (document !== null) yield* entriesOfDocument(document.join('\n'));
}

/** An object on one line begins NDJSON; anything else is the beginning of one document. */
function isWhole(text: string): boolean {
  const value = parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function* entriesOfLine({ line, text }: TextLine): Generator<InputItem> {
  const value = parse(text);
  const events = eventsOf(value);
  if (events !== null) for (const event of events) yield entryOf(event, line);
  else if (value === undefined) yield { kind: 'entry', entry: { line, text: text.trim(), customerKey: '', row: text } };
  else yield { kind: 'entry', entry: { line, text: text.trim(), customerKey: customerKeyOf(value), row: value } };
}

function* entriesOfDocument(text: string): Generator<InputItem> {
  const value = parse(text);
  if (value === undefined) throw invalid('Expected NDJSON, a JSON array or {"events": […]}; the input is none of them.');
  const events = Array.isArray(value) ? (value as readonly unknown[]) : eventsOf(value);
  for (const [index, event] of (events ?? [value]).entries()) yield entryOf(event, index + 1);
}

function entryOf(event: unknown, line: number): InputItem {
  return { kind: 'entry', entry: { line, text: JSON.stringify(event), customerKey: customerKeyOf(event), row: event } };
}

/** The list of `{"events": […]}`; null for anything else. */
function eventsOf(value: unknown): readonly unknown[] | null {
  if (typeof value !== 'object' || value === null || 'type' in value || !('events' in value)) return null;
  return Array.isArray(value.events) ? value.events : null;
}

function parse(text: string): unknown {
  try {
    // JSON.parse declares any; what it is, is looked at above.
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function invalid(message: string): EngineError {
  return new EngineError('invalid_input', message);
}
