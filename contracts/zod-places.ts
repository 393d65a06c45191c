import { z } from 'zod';
import type { ErrorPlace } from './errors.js';
import { wordsOf } from './zod-words.js';

// Of the whole process, and here because whoever shows what zod found comes here for its place. A schema's own message wins.
z.config({ customError: wordsOf });

/** A name as one step of an RFC 6901 JSON pointer, with its slash. */
export function pointerStep(name: PropertyKey): string {
  return `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Each thing that zod found, with a pointer below `base`. A key that is not allowed is pointed at itself. No input value is repeated. */
export function placesOf(error: z.ZodError, base = ''): readonly ErrorPlace[] {
  return error.issues.flatMap((issue) => {
    const pointer = base + issue.path.map(pointerStep).join('');
    if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }];
    return issue.keys.map((key) => ({ pointer: pointer + pointerStep(key), detail: 'there is no such field' }));
  });
}
