/** One message in the outbox's list. */
export interface OutboxLine {
  readonly name: string;
  readonly to: string;
  readonly subject: string;
  readonly sent_at?: string;
}

/** A whole message of the outbox. */
export interface OutboxMail extends OutboxLine {
  readonly from: string;
  readonly html: string;
  readonly text: string;
  readonly unsubscribe_url?: string;
  readonly headers: readonly { readonly name: string; readonly line: string }[];
}

/** The outbox as pages show it: messages that were written to files instead of being sent. */
export interface OutboxPages {
  runs(workspace: string): Promise<readonly { readonly run_id: string; readonly messages: number }[]>;
  list(
    workspace: string,
    runId: string,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<readonly OutboxLine[]>;
  /** null when there is no such message. */
  read(workspace: string, runId: string, name: string): Promise<OutboxMail | null>;
}
