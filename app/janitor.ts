import type { ImportCommands } from '../commands/imports/imports.commands.js';
import type { Imports } from '../contracts/read-models/imports.port.js';
import { isoInstant, type Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { Alarm, Scheduler } from '../runtime/scheduler.js';
import type { DocumentStore } from '../stores/document-store/document-store.port.js';

const EVERY_MS = 3_600_000;

export interface JanitorOptions {
  readonly scheduler: Scheduler;
  readonly documentStore: DocumentStore;
  readonly imports: Imports;
  readonly commands: ImportCommands;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Once an hour: forgets expired documents and finishes imports that took nothing for 24 hours. */
export function startJanitor(options: JanitorOptions): { stop(): Promise<void> } {
  const { scheduler, clock, logger } = options;
  let alarm: Alarm | undefined;
  let round: Promise<void> = Promise.resolve();
  const next = (): void => {
    alarm = scheduler.at(clock() + EVERY_MS, () => {
      round = clean(options).catch((error: unknown) => {
        logger.warn('janitor_failed', { reason: error instanceof Error ? error.name : typeof error });
      });
      next();
    });
  };
  next();
  return {
    stop: () => {
      alarm?.cancel();
      return round;
    },
  };
}

async function clean({ documentStore, imports, commands, clock }: JanitorOptions): Promise<void> {
  const now = clock();
  await documentStore.purgeExpired(now);
  for (const { workspace, import_id: id, started_at: startedAt } of await imports.open()) {
    await commands.finishIfIdle(id, { workspace, actor: 'cebe', at: isoInstant(now), startedAt: Date.parse(startedAt), now });
  }
}
