import { InvalidArgumentError } from 'commander';

/** The value of an option that counts something. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 1.');
}
