import { canonicalJson } from '../../contracts/canonical-json.js';
import type { PlainData } from '../../contracts/events/event-contracts.js';
import { EngineError } from '../../contracts/errors.js';
import type { Json, JsonObject } from '../../contracts/json.js';
import type { Decider } from '../decider.js';

export type WorkspaceEvent =
  | { readonly type: 'access.workspace_created'; readonly data: PlainData<'access.workspace_created'> }
  | { readonly type: 'access.settings_changed'; readonly data: PlainData<'access.settings_changed'> };

export type WorkspaceSettingsChange = PlainData<'access.settings_changed'>;

export type WorkspaceCommand =
  | { readonly kind: 'create'; readonly name: string; readonly timeZone: string }
  | { readonly kind: 'change_settings'; readonly change: WorkspaceSettingsChange };

export type WorkspaceState = { readonly kind: 'absent' } | { readonly kind: 'open'; readonly settings: WorkspaceSettingsChange };

function evolve(state: WorkspaceState, event: WorkspaceEvent): WorkspaceState {
  switch (event.type) {
    case 'access.workspace_created':
      return { kind: 'open', settings: { time_zone: event.data.time_zone } };
    case 'access.settings_changed':
      return state.kind === 'absent' ? state : { kind: 'open', settings: { ...state.settings, ...event.data } };
  }
}

function decide(command: WorkspaceCommand, state: WorkspaceState): readonly WorkspaceEvent[] {
  switch (command.kind) {
    case 'create': {
      if (state.kind === 'open') return [];
      const data = { name: command.name, time_zone: knownZone(command.timeZone) };
      return [{ type: 'access.workspace_created', data }];
    }
    case 'change_settings':
      return changeSettings(command.change, state);
  }
}

function changeSettings(change: WorkspaceSettingsChange, state: WorkspaceState): readonly WorkspaceEvent[] {
  if (state.kind === 'absent') throw new EngineError('not_found', 'expected a workspace that exists, found none of this name');
  if (change.time_zone !== undefined) knownZone(change.time_zone);
  // Contracts hold JSON without nulls.
  const current = state.settings as JsonObject;
  const changed = Object.entries(change as JsonObject).filter(([name, value]) => !isSame(current[name], value));
  if (changed.length === 0) return [];
  return [{ type: 'access.settings_changed', data: Object.fromEntries(changed) }];
}

function isSame(before: Json | undefined, after: Json): boolean {
  return before !== undefined && canonicalJson(before) === canonicalJson(after);
}

function knownZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).format(0) === '' ? '' : zone;
  } catch {
    const detail = `expected an IANA time zone such as Asia/Jakarta, found ${zone}`;
    throw new EngineError('invalid_input', detail, { places: [{ pointer: '/time_zone', detail }] });
  }
}

/** A workspace: made once, then its settings change. */
export const workspaceDecider: Decider<WorkspaceState, WorkspaceCommand, WorkspaceEvent> = {
  initialState: { kind: 'absent' },
  evolve,
  decide,
};
