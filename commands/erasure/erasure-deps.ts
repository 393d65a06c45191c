import type { CampaignRuns } from '../../contracts/read-models/campaign-runs.port.js';
import type { Messages } from '../../contracts/read-models/messages.port.js';
import type { Channel } from '../../channels/channel.port.js';
import type { Position } from '../../contracts/events/event.js';
import type { Clock } from '../../runtime/clock.js';
import type { Logger } from '../../runtime/logger.js';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { Vault } from '../../stores/vault/vault.port.js';

/** What an erasure reaches into. */
export interface ErasureDeps {
  readonly eventStore: EventStore;
  readonly vault: Vault;
  readonly documents: Pick<DocumentStore, 'scrub'>;
  readonly runs: Pick<CampaignRuns, 'active'>;
  readonly messages: Pick<Messages, 'get'>;
  /** Everyone who is the same person as this customer, who is among them. */
  readonly clusterOf: (workspace: string, customerId: string) => Promise<readonly string[]>;
  /** Ways out that may keep messages on this machine. */
  readonly channels: Readonly<Record<string, Channel>>;
  /** Resolves when every read model about customers includes the position. */
  readonly untilFolded: (position: Position) => Promise<void>;
  /** Says that nobody owns these identifiers any more. */
  readonly forgetOwners: (workspace: string, hashes: readonly string[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
}
