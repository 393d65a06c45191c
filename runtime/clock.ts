/** Answers milliseconds since 1970. Always passed in, so that tests and replays decide what time it is. */
export type Clock = () => number;

/** The ISO-8601 form in UTC with milliseconds that documents and metadata use; such strings compare like the instants. */
export function isoInstant(ms: number): string {
  return new Date(ms).toISOString();
}
