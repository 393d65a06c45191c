/** Values of a logged line: no prose, nothing personal. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Writes lines of one event name with fields. */
export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** Writes nothing. */
export const silentLogger: Logger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
