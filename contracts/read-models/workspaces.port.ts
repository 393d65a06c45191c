import type { ErasedIdentifierPolicy, UnknownTypePolicy } from '../events/access.events.js';
import type { ConsentTopic } from '../events/consent-topics.js';

/** How a workspace is set; what was never set has its default. */
export interface WorkspaceSettings {
  readonly name: string;
  /** IANA zone in which its days begin. */
  readonly time_zone: string;
  readonly unknown_types: UnknownTypePolicy;
  /** ISO 3166 country of phone numbers written without one. */
  readonly default_country: string;
  /** The sender's postal address for the footer of messages. */
  readonly postal_address?: string;
  readonly opt_in_required: boolean;
  /** What happens to events that name an identifier of someone who was erased; absent: `refuse`. */
  readonly erased_identifiers?: ErasedIdentifierPolicy;
  /** The purposes that messages have; absent: one for all. */
  readonly topics?: readonly ConsentTopic[];
}

/** The workspaces that exist and their settings. */
export interface Workspaces {
  /** null for a workspace that does not exist. */
  settingsOf(workspace: string): Promise<WorkspaceSettings | null>;
  list(): Promise<readonly (WorkspaceSettings & { readonly workspace: string })[]>;
}
