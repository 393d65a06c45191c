import { EngineError } from '../contracts/errors.js';
import { looksPersonal } from '../domain/identity/personal-values.js';

/** Refuses (`invalid_input`) a text for people that is kept in the clear and looks like an e-mail address or a phone number. */
export function refusePersonal(text: string | undefined, pointer: string): void {
  if (text === undefined || !looksPersonal(text)) return;
  const detail =
    'expected a text without an e-mail address or a phone number: it is stored in the clear, where it cannot be erased';
  throw new EngineError('invalid_input', `${pointer}: ${detail}`, { places: [{ pointer, detail }] });
}
