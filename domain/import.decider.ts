import type { PlainData } from '../contracts/events/event-contracts.js';
import { EngineError } from '../contracts/errors.js';
import type { Decider } from './decider.js';

export type ImportEvent =
  | { readonly type: 'import.started'; readonly data: PlainData<'import.started'> }
  | { readonly type: 'import.finished'; readonly data: PlainData<'import.finished'> };

export type ImportCommand =
  | { readonly kind: 'start'; readonly about: PlainData<'import.started'> }
  | { readonly kind: 'finish'; readonly result: PlainData<'import.finished'> };

export type ImportState = 'absent' | 'open' | 'finished';

function evolve(_state: ImportState, event: ImportEvent): ImportState {
  switch (event.type) {
    case 'import.started':
      return 'open';
    case 'import.finished':
      return 'finished';
  }
}

function decide(command: ImportCommand, state: ImportState): readonly ImportEvent[] {
  switch (command.kind) {
    case 'start':
      return state === 'absent' ? [{ type: 'import.started', data: command.about }] : [];
    case 'finish':
      if (state === 'absent') throw new EngineError('not_found', 'expected the id of an import, found none with this id');
      return state === 'open' ? [{ type: 'import.finished', data: command.result }] : [];
  }
}

/** An import of history: started once, finished once. */
export const importDecider: Decider<ImportState, ImportCommand, ImportEvent> = { initialState: 'absent', evolve, decide };
