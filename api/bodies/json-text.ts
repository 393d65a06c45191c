import { EngineError } from '../../contracts/errors.js';

/** How deeply arrays and objects of a body may be nested. */
export const MAX_DEPTH = 20;
/** The same for a batch of events, whose entries are judged one by one; deeper ones break programs that walk them. */
export const MAX_BATCH_DEPTH = 1_000;

const QUOTE = 34;
const BACKSLASH = 92;
const OPENING = new Set([91, 123]);
const CLOSING = new Set([93, 125]);

/** A lone half of a surrogate pair as an escape: no text in UTF-8 can hold it, so it could not be stored as it came. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;
const FORBIDDEN_KEY =
  /"(?:_|\\u005[fF]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[fF])(?:t|\\u0074)(?:o|\\u006[fF])(?:_|\\u005[fF]){2}"\s*:/;

/**
 * The value of a JSON text. Throws `invalid_json` for what is not JSON, is nested deeper than MAX_DEPTH, has a key `__proto__`, or holds
 * text that is not Unicode. Messages never quote the text.
 */
export function parseJsonText(text: string): unknown {
  refuseDeeper(text, MAX_DEPTH);
  if (FORBIDDEN_KEY.test(text)) throw invalid('it has a key "__proto__", which is not allowed');
  const value = parse(text);
  if (/\\u[dD][89a-fA-F]/.test(text) && LONE_SURROGATE.test(JSON.stringify(value))) {
    throw invalid('it escapes half of a surrogate pair, which is not Unicode text');
  }
  return value;
}

/**
 * The value of a JSON text that holds a batch of events. Only what makes the whole unreadable throws `invalid_json`: what else may be wrong
 * with one event is found when that event is judged, so that it costs no other.
 */
export function parseBatchText(text: string): unknown {
  refuseDeeper(text, MAX_BATCH_DEPTH);
  return parse(text);
}

function refuseDeeper(text: string, levels: number): void {
  const tooDeep = firstTooDeep(text, levels);
  if (tooDeep !== null) throw invalid(`nested deeper than ${levels} levels at character ${tooDeep}`);
}

function parse(text: string): unknown {
  try {
    // JSON.parse declares any; callers must check what they got.
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalid(error instanceof Error || isSyntaxError(error) ? withoutQuotation(error.message) : 'it cannot be parsed');
  }
}

/** In Jest the error is of another realm. */
function isSyntaxError(error: unknown): error is { readonly message: string } {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}

/** V8 quotes a piece of the text, which may be personal: only what stands before it is kept. */
function withoutQuotation(message: string): string {
  const kept = message.replace(/,? ?(?:\.\.\.)?".*$/s, '').trim();
  return kept === '' ? 'it cannot be parsed' : kept;
}

function invalid(why: string): EngineError {
  return new EngineError('invalid_json', `Expected JSON; ${why}.`, { places: [{ pointer: '', detail: why }] });
}

/** Where nesting first exceeds the limit; strings are skipped. A text that is not JSON may be misread: the parser refuses it later. */
function firstTooDeep(text: string, levels: number): number | null {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (OPENING.has(char)) depth += 1;
    else if (CLOSING.has(char)) depth -= 1;
    if (depth > levels) return at;
  }
  return null;
}

function endOfString(text: string, opening: number): number {
  let end = text.indexOf('"', opening + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
