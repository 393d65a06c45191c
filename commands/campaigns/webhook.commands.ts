import { createHash } from 'node:crypto';
import type { ProviderEvent } from '../../channels/provider-event.js';
import { EngineError } from '../../contracts/errors.js';
import { streamName } from '../../contracts/events/streams.js';
import { DEFAULT_PURPOSE } from '../../domain/campaign/consent.js';
import { openMessageToken, type MessageRef } from '../../domain/campaign/tokens.js';
import { isoInstant } from '../../runtime/clock.js';
import type { CampaignsDeps } from './campaigns-deps.js';
import { keepUnreadableCallback } from './unreadable-callback.js';
import { withSealed } from './sealed-reason.js';
import type { SuppressionCommands } from './suppression.commands.js';
import { createWebhookClaims } from './webhook-claims.js';
import { callbackEvent } from './webhook-events.js';
import { withdrawConsent } from './withdraw-consent.js';

/** What became of a callback that was taken. */
export type WebhookResult = 'recorded' | 'ignored' | 'dead_letter';

/** Callbacks of providers. */
export interface WebhookCommands {
  /**
   * Takes one callback; durable when it resolves, and safe to be sent again. Errors: `webhook_refused` (never to be sent again), those of the
   * stores (to be sent again).
   */
  receive(provider: string, workspace: string, body: unknown): Promise<WebhookResult>;
}

export interface WebhookDeps extends CampaignsDeps {
  readonly suppressionCommands: SuppressionCommands;
  readonly countWebhook?: (result: WebhookResult | 'refused') => void;
}

/** The message that a callback is about, and where to look for what was recorded of it before. */
interface Target {
  readonly ref: MessageRef;
  readonly after: bigint;
  readonly campaignId?: string;
  readonly addressHash?: string;
}

/** Verifies, claims and appends callbacks. */
export function createWebhookCommands(deps: WebhookDeps): WebhookCommands {
  const claims = createWebhookClaims(deps.documents);

  function refuse(reason: string): EngineError {
    deps.countWebhook?.('refused');
    return new EngineError('webhook_refused', `Expected a callback signed by the provider, not older than 48 hours: ${reason}.`);
  }

  async function receive(provider: string, workspace: string, body: unknown): Promise<WebhookResult> {
    const reader = Object.hasOwn(deps.webhooks, provider) ? deps.webhooks[provider] : undefined;
    if (reader === undefined || (await deps.workspaces.settingsOf(workspace)) === null) throw refuse('unknown');
    const now = deps.clock();
    const reading = reader.read(body, await deps.vault.secret(workspace, 'mailgun_signing'), now);
    if (reading.kind === 'refused') throw refuse(reading.reason);
    const raw = JSON.stringify(body);
    const eventId = reading.event?.id ?? `body:${createHash('sha256').update(raw).digest('hex')}`;
    const claim = await claims.claim(workspace, { provider, token: reading.token, eventId }, now);
    if (claim === 'taken') throw refuse('its token was used for another event');
    const { event } = reading;
    if (event?.message_token?.startsWith('test-') === true) return 'ignored';
    const key = await deps.vault.secret(workspace, 'webhook_id');
    const ref = openMessageToken(event?.message_token ?? '', { workspace, key });
    if (event === null || ref === null) {
      await keepUnreadableCallback(deps, { workspace, provider, raw, at: isoInstant(now) });
      return 'dead_letter';
    }
    await record(event, { workspace, provider, target: await targetOf(workspace, ref) });
    return 'recorded';
  }

  /** From the message's document; while that is not there yet, from the customer's stream. */
  async function targetOf(workspace: string, ref: MessageRef): Promise<Target> {
    const document = await deps.messages.get(workspace, ref.run_id, ref.customer_id);
    const attempt = document?.attempts.find(({ id }) => id === ref.attempt_id);
    const campaign = (await deps.runs.get(workspace, ref.run_id))?.campaign_id;
    const about = { ref, ...(campaign === undefined ? {} : { campaignId: campaign }) };
    if (attempt !== undefined && document?.address_hash !== undefined) {
      return { ...about, after: BigInt(attempt.revision), addressHash: document.address_hash };
    }
    for await (const { data, revision } of deps.eventStore.readStream(streamName('customer', workspace, ref.customer_id))) {
      const hash = data.plain['address_hash'];
      if (data.plain['attempt_id'] !== ref.attempt_id || typeof hash !== 'string') continue;
      return { ...about, after: revision, addressHash: hash };
    }
    return { ...about, after: -1n };
  }

  async function record(
    event: ProviderEvent,
    { workspace, provider, target }: { readonly workspace: string; readonly provider: string; readonly target: Target },
  ): Promise<void> {
    const at = isoInstant(deps.clock());
    const { campaignId } = target;
    const context = { workspace, provider, at, ...(campaignId === undefined ? {} : { campaignId }) };
    const made = callbackEvent(event, target.ref, context);
    const stream = streamName('customer', workspace, target.ref.customer_id);
    if (made !== null) {
      const { direct, quasi } = made.sealed;
      const isSealed = direct !== undefined || quasi !== undefined;
      // Without a key the customer was erased: the fact alone is recorded.
      const sealed = isSealed ? ((await withSealed(deps, stream, made.event, made.sealed)) ?? made.event) : made.event;
      await deps.eventStore.appendOnce(stream, target.after, [sealed]);
    }
    await heed(event, { workspace, provider, target, at });
  }

  /** What a callback means for later messages. */
  async function heed(
    event: ProviderEvent,
    {
      workspace,
      provider,
      target,
      at,
    }: { readonly workspace: string; readonly provider: string; readonly target: Target; readonly at: string },
  ): Promise<void> {
    const { failure, kind } = event;
    const { ref, addressHash } = target;
    const context = { workspace, actor: provider, at };
    const said = failure?.suppressed ?? (kind === 'failed' && failure?.permanence === 'permanent' ? 'bounced' : kind);
    if (said === 'unsubscribed') {
      const who = {
        workspace,
        customerId: ref.customer_id,
        runId: ref.run_id,
        ...(addressHash === undefined ? {} : { addressHash }),
      };
      const what = { channel: 'email', purpose: DEFAULT_PURPOSE, actor: provider, at };
      await withdrawConsent({ ...deps, suppressions: deps.suppressionCommands }, { ...who, ...what });
    } else if ((said === 'bounced' || said === 'complained') && addressHash !== undefined) {
      await deps.suppressionCommands.add({ address_hash: addressHash }, said, context);
    }
  }

  return {
    async receive(provider, workspace, body) {
      const result = await receive(provider, workspace, body);
      deps.countWebhook?.(result);
      return result;
    },
  };
}
