import type { Channel } from '../../channels/channel.port.js';
import type { Renderer } from '../../channels/rendering/renderer.port.js';
import type { WebhookReader } from '../../channels/webhook.port.js';
import type { Position } from '../../contracts/events/event.js';
import type { CampaignRuns } from '../../contracts/read-models/campaign-runs.port.js';
import type { Campaigns } from '../../contracts/read-models/campaigns.port.js';
import type { Members } from '../../contracts/read-models/members.port.js';
import type { Messages } from '../../contracts/read-models/messages.port.js';
import type { People } from '../../contracts/read-models/people.port.js';
import type { Profiles } from '../../contracts/read-models/profiles.port.js';
import type { Suppressions } from '../../contracts/read-models/suppressions.port.js';
import type { Workspaces } from '../../contracts/read-models/workspaces.port.js';
import type { Clock } from '../../runtime/clock.js';
import type { DirectValues } from '../../runtime/direct-values.js';
import type { Logger } from '../../runtime/logger.js';
import type { Scheduler } from '../../runtime/scheduler.js';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { Vault } from '../../stores/vault/vault.port.js';

/** What campaigns need from their surroundings. */
export interface CampaignsDeps {
  readonly eventStore: EventStore;
  /** Only for the claims on callbacks. */
  readonly documents: DocumentStore;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly newId: () => string;
  /** In [0, 1). */
  readonly random: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly directValues: DirectValues;
  readonly renderer: Renderer;
  /** By the name that campaigns call them: `email`. */
  readonly channels: Readonly<Record<string, Channel>>;
  /** By the name of the provider in the path of the callback. */
  readonly webhooks: Readonly<Record<string, WebhookReader>>;
  /** Where unsubscribe links lead, without a slash at the end. */
  readonly publicUrl: () => string;
  /** The sender of test sends. */
  readonly testFrom: string;
  /** Resolves when the read model includes the position; `projection_behind` after `waitMs`. */
  readonly waitFor: (
    model: 'campaigns' | 'campaign-runs' | 'messages' | 'profiles',
    position: Position,
    waitMs: number,
  ) => Promise<void>;
  readonly campaigns: Campaigns;
  readonly runs: CampaignRuns;
  readonly messages: Messages;
  readonly members: Members;
  /** Each customer by itself. */
  readonly profiles: Profiles;
  readonly people: People;
  readonly suppressions: Suppressions;
  readonly workspaces: Workspaces;
}
