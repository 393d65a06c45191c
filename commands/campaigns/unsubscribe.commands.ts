import {
  openUnsubscribeToken,
  TEST_UNSUBSCRIBE_TOKEN,
  unsubscribeTokenWorkspace,
  type UnsubscribeRef,
} from '../../domain/campaign/tokens.js';
import { isoInstant } from '../../runtime/clock.js';
import type { CampaignsDeps } from './campaigns-deps.js';
import type { SuppressionCommands } from './suppression.commands.js';
import { withdrawConsent } from './withdraw-consent.js';

/** What an unsubscribe link does. */
export interface UnsubscribeCommands {
  /**
   * Withdraws what the token stands for, with where the request came from as evidence; durable when it resolves. A token that stands for nothing changes nothing, and nobody is told.
   * Errors: those of the stores.
   */
  unsubscribe(token: string, from?: { readonly ip: string }): Promise<void>;
  /** Whether the link came with a preview or a test send, and so stands for nobody. */
  isTest(token: string): boolean;
}

export interface UnsubscribeDeps extends CampaignsDeps {
  readonly suppressionCommands: SuppressionCommands;
}

/** Unsubscribe links carry no credential: the token, sealed under a key of the workspace, is enough. */
export function createUnsubscribeCommands(deps: UnsubscribeDeps): UnsubscribeCommands {
  async function open(token: string): Promise<(UnsubscribeRef & { readonly workspace: string }) | null> {
    const workspace = unsubscribeTokenWorkspace(token);
    // No key is made for a workspace that does not exist.
    if (workspace === null || (await deps.workspaces.settingsOf(workspace)) === null) return null;
    const ref = openUnsubscribeToken(token, { workspace, key: await deps.vault.secret(workspace, 'unsubscribe') });
    return ref === null ? null : { ...ref, workspace };
  }

  return {
    isTest: (token) => token === TEST_UNSUBSCRIBE_TOKEN,
    async unsubscribe(token, from) {
      const ref = await open(token);
      if (ref === null) return;
      const { workspace, customer_id, channel, purpose, run_id } = ref;
      const message = run_id === undefined ? null : await deps.messages.get(workspace, run_id, customer_id);
      await withdrawConsent(
        { ...deps, suppressions: deps.suppressionCommands },
        {
          workspace,
          customerId: customer_id,
          channel,
          purpose,
          ...(run_id === undefined ? {} : { runId: run_id }),
          ...(message?.address_hash === undefined ? {} : { addressHash: message.address_hash }),
          actor: 'unsubscribe_link',
          at: isoInstant(deps.clock()),
          ...(from === undefined ? {} : { personal: { ip: from.ip } }),
        },
      );
    },
  };
}
