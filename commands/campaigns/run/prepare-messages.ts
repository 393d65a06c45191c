import type { OutgoingMessage } from '../../../channels/channel.port.js';
import type { RenderOutcome } from '../../../channels/rendering/renderer.port.js';
import { EngineError, isEngineError } from '../../../contracts/errors.js';
import type { SuppressedReason } from '../../../contracts/events/campaign-message.events.js';
import type { StoredMessage } from '../../../contracts/read-models/messages.port.js';
import type { ProfileDocument } from '../../../contracts/read-models/profile.js';
import { suppressedBy } from '../../../domain/campaign/consent.js';
import { normaliseFailureReason } from '../../../domain/campaign/failure-reason.js';
import type { NextAction } from '../../../domain/campaign/next-actions.js';
import { makeUnsubscribeToken } from '../../../domain/campaign/tokens.js';
import { personsOf } from '../persons.js';
import { openRecipients, type Recipient } from '../recipients.js';
import type { RunContext } from './run-context.js';

export type SendAction = Extract<NextAction<StoredMessage>, { kind: 'send' }>;

/** A message as far as it can be made before it is reserved: only the attempt is missing. Or why it cannot be. */
export type PreparedMessage =
  | {
      readonly kind: 'ready';
      readonly action: SendAction;
      readonly profile: ProfileDocument;
      /** When the suppression list was read, ms. */
      readonly listedAt: number;
      readonly outgoing: Omit<OutgoingMessage, 'attempt_id' | 'message_token'>;
    }
  | { readonly kind: 'suppressed'; readonly action: SendAction; readonly reason: SuppressedReason }
  | { readonly kind: 'failed'; readonly action: SendAction; readonly reason: string };

/** Reads profiles, opens addresses and renders, for a whole batch; in the given order. */
export async function prepareMessages(context: RunContext, actions: readonly SendAction[]): Promise<readonly PreparedMessage[]> {
  const { deps, workspace } = context;
  const listedAt = deps.clock();
  const [profiles, listed] = await Promise.all([
    personsOf(
      deps,
      workspace,
      actions.map(({ message }) => message.customer_id),
    ),
    deps.suppressions.getMany(
      workspace,
      actions.flatMap(({ message }) => (message.address_hash === undefined ? [] : [message.address_hash])),
    ),
  ]);
  const refusals = new Map<SendAction, SuppressedReason>();
  const sendable: { readonly action: SendAction; readonly profile: ProfileDocument }[] = [];
  for (const action of actions) {
    const profile = profiles.get(action.message.customer_id);
    const list = listed.get(action.message.address_hash ?? '');
    const reason = profile === undefined ? 'erased' : (addressProblem(action, profile) ?? (list && suppressedBy(list.reason)));
    if (reason !== undefined) refusals.set(action, reason);
    else if (profile !== undefined) sendable.push({ action, profile });
  }
  const made = new Map(await makeAll(context, sendable, listedAt));
  return actions.map((action) => {
    const reason = refusals.get(action);
    if (reason !== undefined) return { kind: 'suppressed', action, reason };
    return made.get(action) ?? { kind: 'suppressed', action, reason: 'erased' };
  });
}

function addressProblem({ message }: SendAction, profile: ProfileDocument): SuppressedReason | undefined {
  const address = profile.hashes['email'];
  if (address === undefined) return 'no_address';
  return address === message.address_hash ? undefined : 'address_changed';
}

type Sendable = { readonly action: SendAction; readonly profile: ProfileDocument };

async function makeAll(
  context: RunContext,
  sendable: readonly Sendable[],
  listedAt: number,
): Promise<readonly (readonly [SendAction, PreparedMessage])[]> {
  const { deps, workspace, template } = context;
  const profiles = sendable.map(({ profile }) => profile);
  const recipients = await openRecipients(deps, profiles, { workspace, fields: template.fields });
  const opened = sendable.flatMap(({ action }, index) => {
    const recipient = recipients[index];
    return recipient?.email === undefined ? [] : [{ action, recipient, url: unsubscribeUrl(context, recipient) }];
  });
  const rendered = await renderAll(context, opened);
  return opened.map((item, index) => [item.action, preparedOf(context, item, { rendered: rendered[index], listedAt })] as const);
}

interface Opened {
  readonly action: SendAction;
  readonly recipient: Recipient;
  readonly url: string;
}

function unsubscribeUrl({ deps, consent, runId, workspace, unsubscribeKey }: RunContext, { profile }: Recipient): string {
  const ref = { customer_id: profile.customer_id, channel: consent.channel, purpose: consent.purpose, run_id: runId };
  return `${deps.publicUrl()}/u/${makeUnsubscribeToken(ref, { workspace, key: unsubscribeKey })}`;
}

async function renderAll(context: RunContext, opened: readonly Opened[]): Promise<readonly RenderOutcome[]> {
  const { deps, template, postalAddress } = context;
  const data = opened.map(({ recipient, url }) => ({
    fields: recipient.fields,
    unsubscribe_url: url,
    ...(postalAddress === undefined ? {} : { postal_address: postalAddress }),
  }));
  try {
    return data.length === 0 ? [] : await deps.renderer.renderBatch(template.source, data);
  } catch (error) {
    // A template that parsed when it was saved and does not now: none of its messages can be made.
    if (!isEngineError(error, 'template_invalid')) throw error;
    const failure = { code: 'template_render_failed', detail: error.message } as const;
    return data.map(() => ({ ok: false, failure }));
  }
}

function preparedOf(
  context: RunContext,
  { action, recipient, url }: Opened,
  { rendered, listedAt }: { readonly rendered: RenderOutcome | undefined; readonly listedAt: number },
): PreparedMessage {
  if (rendered === undefined || recipient.email === undefined) {
    throw new EngineError('internal', 'Expected an outcome for each message that was rendered; one is missing.');
  }
  if (!rendered.ok) {
    return { kind: 'failed', action, reason: `${rendered.failure.code}: ${normaliseFailureReason(rendered.failure.detail)}` };
  }
  const { campaign, workspace, runId } = context;
  const { subject, html, text } = rendered.message;
  const outgoing = {
    workspace,
    run_id: runId,
    customer_id: recipient.profile.customer_id,
    to: recipient.email,
    from: campaign.from,
    ...(campaign.reply_to === undefined ? {} : { reply_to: campaign.reply_to }),
    subject,
    html,
    text,
    unsubscribe: { url },
    tags: [runId],
  };
  return { kind: 'ready', action, profile: recipient.profile, listedAt, outgoing };
}
