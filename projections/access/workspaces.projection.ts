import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { WorkspaceSettings } from '../../contracts/read-models/workspaces.port.js';
import type { Projection } from '../../runtime/projection.js';

/** Document id: `<workspace>/settings`. */
export type WorkspaceDocument = WorkspaceSettings & JsonObject;

const defaults: Omit<WorkspaceSettings, 'name' | 'time_zone'> = {
  unknown_types: 'accept',
  default_country: 'ID',
  opt_in_required: false,
};

/** The settings of each workspace. */
export const workspacesProjection: Projection<WorkspaceDocument> = {
  name: 'workspaces',
  version: 1,
  categories: ['access'],
  handles: ['access.workspace_created', 'access.settings_changed'],
  opensQuasi: false,
  indexes: [],
  keys: ({ stream }) => [`${stream.workspace}/settings`],
  evolve(document, event) {
    if (isEngineEvent(event, 'access.workspace_created')) return { ...defaults, ...event.data };
    if (document !== null && isEngineEvent(event, 'access.settings_changed')) return { ...document, ...event.data };
    return document;
  },
};
