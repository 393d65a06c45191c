import { EngineError } from '../contracts/errors.js';
import type { Position } from '../contracts/events/event.js';

/** A position as it leaves the engine: an opaque string that carries the id of the log it belongs to. */
export function encodePosition(storeId: string, position: Position): string {
  return Buffer.from(`${position.toString(36)}@${storeId}`, 'utf8').toString('base64url');
}

/** The position in a string made by `encodePosition` for the same log; `position_unknown` for any other string. */
export function parsePosition(text: string, storeId: string): Position {
  const [digits = '', ...rest] = Buffer.from(text, 'base64url').toString('utf8').split('@');
  const position = parseBase36(digits);
  if (position === null) throw unknownPosition('a position that this engine has answered', 'another string');
  if (rest.join('@') !== storeId) throw unknownPosition('a position of this engine’s event store', 'one of another store');
  return position;
}

function parseBase36(digits: string): Position | null {
  if (!/^-?[0-9a-z]{1,26}$/.test(digits)) return null;
  const negative = digits.startsWith('-');
  let value = 0n;
  for (const digit of negative ? digits.slice(1) : digits) value = value * 36n + BigInt(parseInt(digit, 36));
  return negative ? -value : value;
}

function unknownPosition(expected: string, found: string): EngineError {
  return new EngineError('position_unknown', `Expected ${expected}, found ${found}.`, { details: { expected, found } });
}
