import type { Position } from '../events/event.js';
import type { MessageDocument, MessageOutcome, MessageWork } from './message.js';

/** A message with the log position that its document includes. */
export type StoredMessage = MessageDocument & { readonly position: Position };

export interface MessagePage {
  readonly messages: readonly StoredMessage[];
  readonly next: string | null;
}

/** Which messages of a run to list. */
export interface MessageList {
  readonly limit: number;
  readonly cursor?: string;
  readonly outcome?: MessageOutcome;
}

/** Failed messages with one normalised reason. */
export interface FailureGroup {
  readonly reason: string;
  readonly messages: number;
}

/**
 * The messages of runs, one document each. Reads are not ordered with writes in flight: wait for a position first.
 * Errors: those of the document store.
 */
export interface Messages {
  get(workspace: string, run: string, customerId: string): Promise<StoredMessage | null>;
  /** Messages with this work, in customer order, behind `afterId`; `next` is the `afterId` of the next page. */
  work(
    workspace: string,
    run: string,
    page: { readonly work: MessageWork; readonly afterId?: string; readonly limit: number },
  ): Promise<MessagePage>;
  list(workspace: string, run: string, page: MessageList): Promise<MessagePage>;
  /** How many messages of the run have each summary (see `domain/campaign/message-summary.ts`). */
  summaries(workspace: string, run: string): Promise<ReadonlyMap<string, number>>;
  /** Failed messages by reason, of one run or of all. */
  failureGroups(workspace: string, run?: string): Promise<readonly FailureGroup[]>;
  /** Failed messages of a workspace, of one reason or of all. */
  failed(
    workspace: string,
    page: { readonly limit: number; readonly cursor?: string; readonly reason?: string },
  ): Promise<MessagePage>;
}
