import { EngineError } from '../../contracts/errors.js';
import type { Position } from '../../contracts/events/event.js';
import type { SuppressionReason } from '../../contracts/events/suppression.events.js';
import { streamName } from '../../contracts/events/streams.js';
import { keyedHash } from '../../domain/identity/keyed-hash.js';
import { normaliseEmail } from '../../domain/identity/normalisers.js';
import { suppressionDecider } from '../../domain/campaign/suppression.decider.js';
import { handleCommand } from '../command-handler.js';
import type { CampaignsDeps } from './campaigns-deps.js';
import type { ReasonedContext } from './campaign.commands.js';
import { withReason } from './sealed-reason.js';

/** An address as people name it: itself, or its keyed hash as the list shows it. */
export type NamedAddress = { readonly email: string } | { readonly address_hash: string };

export interface ImportedSuppressions {
  /** Newly on the list. */
  readonly added: number;
  /** On the list already. */
  readonly known: number;
  readonly invalid: readonly { readonly index: number; readonly detail: string }[];
  readonly position: Position;
}

/** What people, callbacks and unsubscribe links do with the suppression list. */
export interface SuppressionCommands {
  addressHash(workspace: string, email: string): Promise<string | null>;
  /** An address that is on the list keeps its first reason. `context.reason` is why, in words. Errors: `invalid_input`. */
  add(
    address: NamedAddress,
    reason: SuppressionReason,
    context: ReasonedContext,
  ): Promise<{ readonly address_hash: string; readonly position: Position; readonly isNew: boolean }>;
  remove(
    address: NamedAddress,
    context: ReasonedContext,
  ): Promise<{ readonly address_hash: string; readonly position: Position }>;
  /** Takes over the list of a provider; importing again changes nothing. */
  import(
    entries: readonly { readonly email: string; readonly reason: SuppressionReason }[],
    context: ReasonedContext,
  ): Promise<ImportedSuppressions>;
}

const AT_ONCE = 64;

/** Commands on `suppression-<workspace>.<address hash>` streams. */
export function createSuppressionCommands(deps: CampaignsDeps): SuppressionCommands {
  async function addressHash(workspace: string, email: string): Promise<string | null> {
    const normalised = normaliseEmail(email);
    return normalised === null ? null : keyedHash(await deps.vault.secret(workspace, 'look_up'), 'email', normalised);
  }

  async function hashOf(workspace: string, address: NamedAddress): Promise<string> {
    if ('address_hash' in address) return address.address_hash;
    const hash = await addressHash(workspace, address.email);
    if (hash !== null) return hash;
    const detail = 'expected an e-mail address';
    throw new EngineError('invalid_input', `/email: ${detail}`, { places: [{ pointer: '/email', detail }] });
  }

  async function decide(
    address_hash: string,
    command: Parameters<typeof suppressionDecider.decide>[0],
    { workspace, actor, at, reason, cause }: ReasonedContext,
  ): Promise<{ readonly position: Position; readonly events: number }> {
    const stream = streamName('suppression', workspace, address_hash);
    const eventStore = withReason(deps, command.kind === 'remove' ? reason : undefined);
    const context = { workspace, actor, at, ...(cause === undefined ? {} : { cause }) };
    return handleCommand({ eventStore }, { stream, decider: suppressionDecider, command }, context);
  }

  const commands: SuppressionCommands = {
    addressHash,
    async add(address, reason, context) {
      const address_hash = await hashOf(context.workspace, address);
      const { position, events } = await decide(address_hash, { kind: 'add', reason }, context);
      return { address_hash, position, isNew: events > 0 };
    },
    async remove(address, context) {
      const address_hash = await hashOf(context.workspace, address);
      const listed = (await deps.suppressions.getMany(context.workspace, [address_hash])).has(address_hash) ? 'yes' : 'no';
      return { address_hash, position: (await decide(address_hash, { kind: 'remove', listed }, context)).position };
    },
    async import(entries, context) {
      let [added, known, position] = [0, 0, -1n];
      const invalid: { readonly index: number; readonly detail: string }[] = [];
      const one = async ({ email, reason }: (typeof entries)[number], index: number): Promise<void> => {
        const hash = await addressHash(context.workspace, email);
        if (hash === null) {
          invalid.push({ index, detail: 'expected an e-mail address' });
          return;
        }
        const stored = await decide(hash, { kind: 'add', reason }, context);
        if (stored.events > 0) added += 1;
        else known += 1;
        if (stored.position > position) position = stored.position;
      };
      for (let at = 0; at < entries.length; at += AT_ONCE) {
        await Promise.all(entries.slice(at, at + AT_ONCE).map((entry, offset) => one(entry, at + offset)));
      }
      return { added, known, invalid: invalid.sort((a, b) => a.index - b.index), position };
    },
  };
  return commands;
}
