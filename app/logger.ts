import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { Logger } from '../runtime/logger.js';
import type { StoreWatch } from '../stores/store-watch.js';
import type { LogLevel } from './config-variables.js';

/** JSON lines on stderr, one event name each with fields; the time is ISO-8601 in UTC. */
export function createLogger(
  level: LogLevel,
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): PinoLogger {
  const formatters = { level: (level: string) => ({ level }) };
  return pino({ level, messageKey: 'event', base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination);
}

/** The same log, as the runtime writes to it. */
export function runtimeLogger(logger: PinoLogger): Logger {
  return {
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error(fields, event),
  };
}

/** Logs when a store begins to fail, and when it works again. */
export function logStoreFailures(watches: readonly StoreWatch[], logger: PinoLogger): void {
  for (const watch of watches) {
    const { store } = watch;
    watch.listen((failure) => {
      if (failure === null) logger.info({ store }, 'store_recovered');
      else logger.error({ store, reason: failure.reason }, 'store_failing');
    });
  }
}
