const MAX_LENGTH = 200;

/** In this order: what comes first may contain what comes later. */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/https?:\/\/[^\s<>"')]+/giu, '<url>'],
  [/<?[^\s<>"(),:;=]*@[^\s<>"(),:;]*>?/gu, '<address>'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/giu, '<id>'],
  [/\b\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:z|[+-]\d{2}:?\d{2})?)?/giu, '<time>'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b/gu, '<ip>'],
  [/\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}\b/giu, '<ip>'],
  [/"[^"]*"/gu, '<value>'],
  // Letters and digits mixed: queue ids, transaction ids.
  [/\b(?=[\p{L}_-]*\d)(?=[\d_-]*\p{L})[\p{L}\d_-]{6,}\b/gu, '<id>'],
  [/\+?\d{4,}/gu, '<n>'],
];

/**
 * The reason of a failure without what differs from one message to the next (addresses, ids, times, long numbers, quoted values), so that
 * alike failures group together and nothing personal is left. SMTP codes such as `550 5.1.1` stay. Normalising again changes nothing.
 */
export function normaliseFailureReason(reason: string): string {
  let text = reason.normalize('NFC').toLowerCase();
  for (const [pattern, replacement] of replacements) text = text.replace(pattern, replacement);
  text = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`;
}
