import { EngineError } from '../../contracts/errors.js';
import type { PlainData } from '../../contracts/events/event-contracts.js';
import type { Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import { ingestLimits } from '../../contracts/ingest.js';
import type { ImportCounts } from '../../contracts/read-models/imports.port.js';
import { importDecider } from '../../domain/import.decider.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { handleCommand, loadStream, type CommandContext } from '../command-handler.js';
import { refusePersonal } from '../refuse-personal.js';
import type { ImportTallies } from './import-tallies.js';

export interface ImportDeps {
  readonly eventStore: EventStore;
  readonly tallies: ImportTallies;
  readonly newId: () => string;
}

/** Starting and ending imports of history. */
export interface ImportCommands {
  /** Errors: `invalid_input` for a label that looks personal. */
  start(
    about: PlainData<'import.started'>,
    context: CommandContext,
  ): Promise<{ readonly import_id: string; readonly position: Position }>;
  /** Errors: `not_found`; a second finish changes nothing. */
  finish(
    importId: string,
    context: CommandContext & { readonly by: 'requested' | 'idle' },
  ): Promise<{ readonly counts: ImportCounts; readonly position: Position }>;
  /** Passes when the import takes events; `not_found`, `import_finished`. */
  requireOpen(workspace: string, importId: string): Promise<void>;
  /** Finishes the import if nothing came for 24 hours. */
  finishIfIdle(importId: string, context: CommandContext & { readonly startedAt: number; readonly now: number }): Promise<void>;
}

/** Imports as streams `import-<workspace>.<id>`. */
export function createImportCommands(deps: ImportDeps): ImportCommands {
  const streamOf = (workspace: string, importId: string): string => streamName('import', workspace, importId);
  const commands: ImportCommands = {
    async start(about, context) {
      refusePersonal(about.label, '/label');
      const importId = deps.newId();
      const target = {
        stream: streamOf(context.workspace, importId),
        decider: importDecider,
        command: { kind: 'start', about },
      } as const;
      return { import_id: importId, position: (await handleCommand(deps, target, context)).position };
    },
    async finish(importId, context) {
      const { counts } = await deps.tallies.read(context.workspace, importId);
      const command = { kind: 'finish', result: { ...counts, cause: context.by } } as const;
      const target = { stream: streamOf(context.workspace, importId), decider: importDecider, command };
      return { counts, position: (await handleCommand(deps, target, context)).position };
    },
    async requireOpen(workspace, importId) {
      const { state } = await loadStream(deps.eventStore, streamOf(workspace, importId), importDecider);
      if (state === 'absent') throw new EngineError('not_found', 'expected the id of an import, found none with this id');
      if (state === 'finished') throw new EngineError('import_finished', 'expected an open import, found one that is finished');
    },
    async finishIfIdle(importId, context) {
      const { lastAt } = await deps.tallies.read(context.workspace, importId);
      const idleSince = lastAt ?? context.startedAt;
      if (idleSince + ingestLimits.idleImport <= context.now) await commands.finish(importId, { ...context, by: 'idle' });
    },
  };
  return commands;
}
