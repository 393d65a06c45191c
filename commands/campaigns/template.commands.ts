import type { RenderedMessage, TemplateCheck } from '../../channels/rendering/renderer.port.js';
import { EngineError } from '../../contracts/errors.js';
import type { JsonObject } from '../../contracts/json.js';
import { maskValue } from '../../domain/identity/masking.js';
import { normaliseEmail } from '../../domain/identity/normalisers.js';
import { keyedHash } from '../../domain/identity/keyed-hash.js';
import { templateDecider, type TemplateContent } from '../../domain/campaign/template.decider.js';
import { TEST_UNSUBSCRIBE_TOKEN } from '../../domain/campaign/tokens.js';
import { handleCommand, type CommandContext } from '../command-handler.js';
import type { DefinitionResult } from './campaign.commands.js';
import type { CampaignsDeps } from './campaigns-deps.js';
import { personsOf } from './persons.js';
import { openRecipients, type Recipient } from './recipients.js';
import { templateStreamName } from './run-ids.js';
import type { ReadyTemplate, TemplateSources } from './template-source.js';

/** Whether personal values stand in what is answered. */
export type Disclosed = 'revealed' | 'masked';

export interface TestSend {
  readonly to: string;
  readonly from?: string;
  readonly channel: string;
  /** Whose data fills the template; absent: nobody's. */
  readonly customerId?: string;
  /** How personal values of that customer are shown to whoever asks. */
  readonly disclosed: Disclosed;
}

/** What became of a test send. */
export interface TestSent {
  readonly provider: string;
  readonly provider_message_id: string;
  readonly missing: readonly string[];
}

/** What people do with templates. */
export interface TemplateCommands {
  /** Errors: `template_invalid` with places. */
  define(content: TemplateContent, context: CommandContext): Promise<DefinitionResult>;
  /** `context.ifRevision` is the template's `revision`. Errors: also `not_found`, `revision_stale`. */
  revise(templateId: string, content: TemplateContent, context: CommandContext): Promise<DefinitionResult>;
  /** The template filled for one customer; its unsubscribe link is a test's. Errors: `not_found`, those of rendering. */
  render(
    templateId: string,
    who: { readonly workspace: string; readonly customerId: string; readonly disclosed: Disclosed },
  ): Promise<RenderedMessage>;
  /** Sends one message outside of all runs, with a test's unsubscribe link. Errors: also `address_suppressed`, `invalid_input`, `store_unavailable` when the provider refuses. */
  testSend(templateId: string, test: TestSend, context: CommandContext): Promise<TestSent>;
}

export interface TemplateCommandDeps extends CampaignsDeps {
  readonly templates: TemplateSources;
}

/** Commands on `template-` streams, and what shows how a template looks. */
export function createTemplateCommands(deps: TemplateCommandDeps): TemplateCommands {
  async function save(
    templateId: string,
    command: Parameters<typeof templateDecider.decide>[0],
    { workspace, actor, at }: CommandContext,
  ): Promise<DefinitionResult> {
    const { subject, html, text } = command.content;
    const check = await deps.renderer.parseTemplate({ subject, html, ...(text === undefined ? {} : { text }) });
    if (!check.ok) throw invalid(check);
    const target = { stream: templateStreamName(workspace, templateId), decider: templateDecider, command };
    const { state, position } = await handleCommand(deps, target, { workspace, actor, at });
    return { id: templateId, revision: state.kind === 'absent' ? 0 : state.template.revision, position };
  }

  async function recipientOf(workspace: string, customerId: string, template: ReadyTemplate): Promise<Recipient> {
    const profile = (await personsOf(deps, workspace, [customerId])).get(customerId);
    const [recipient] =
      profile === undefined ? [] : await openRecipients(deps, [profile], { workspace, fields: template.fields });
    if (recipient === undefined) throw new EngineError('not_found', 'Expected the id of a customer, found none with this id.');
    return recipient;
  }

  /** Whoever may look at a template must not get hold of the link of a customer, who would be unsubscribed by it. */
  async function fill(
    template: ReadyTemplate,
    { workspace, fields }: { readonly workspace: string; readonly fields: JsonObject },
  ): Promise<RenderedMessage & { readonly url: string }> {
    const url = `${deps.publicUrl()}/u/${TEST_UNSUBSCRIBE_TOKEN}`;
    const postal = (await deps.workspaces.settingsOf(workspace))?.postal_address;
    const data = { fields, unsubscribe_url: url, ...(postal === undefined ? {} : { postal_address: postal }) };
    return { ...(await deps.renderer.render(template.source, data)), url };
  }

  return {
    define: (content, context) => save(deps.newId(), { kind: 'define', content }, context),
    revise(templateId, content, context) {
      const seen = context.ifRevision === undefined ? {} : { ifRevision: Number(context.ifRevision) };
      return save(templateId, { kind: 'revise', content, ...seen }, context);
    },
    async render(templateId, { workspace, customerId, disclosed }) {
      const template = await deps.templates.load(workspace, templateId);
      const recipient = await recipientOf(workspace, customerId, template);
      const { url: _url, ...message } = await fill(template, { workspace, fields: shown(recipient, disclosed) });
      return message;
    },
    async testSend(templateId, test, context) {
      const { workspace } = context;
      const channel = Object.hasOwn(deps.channels, test.channel) ? deps.channels[test.channel] : undefined;
      if (channel === undefined) throw invalidField('channel', `expected one of: ${Object.keys(deps.channels).join(', ')}`);
      await refuseSuppressed(deps, workspace, test.to);
      const template = await deps.templates.load(workspace, templateId);
      const customerId = test.customerId ?? 'test';
      const fields =
        test.customerId === undefined ? {} : shown(await recipientOf(workspace, customerId, template), test.disclosed);
      const { url, missing, subject, html, text } = await fill(template, { workspace, fields });
      const id = deps.newId();
      const outcome = await channel.send({
        workspace,
        run_id: `test-${id}`,
        customer_id: customerId,
        attempt_id: id,
        to: test.to,
        from: test.from ?? deps.testFrom,
        subject: `[test] ${subject}`,
        html,
        text,
        unsubscribe: { url },
        // Callbacks about test sends name no message.
        message_token: `test-${id}`,
        tags: ['test'],
      });
      if (outcome.kind === 'sent')
        return { provider: outcome.provider, provider_message_id: outcome.provider_message_id, missing };
      if (outcome.kind === 'refused' && outcome.permanence === 'permanent') throw invalidField('to', outcome.code);
      throw new EngineError('store_unavailable', `Expected ${channel.name} to take the message; it did not: ${outcome.reason}`);
    },
  };
}

function shown({ profile, fields }: Recipient, disclosed: Disclosed): JsonObject {
  if (disclosed === 'revealed') return fields;
  const masked = Object.entries(fields).map(([name, value]) => [
    name,
    Object.hasOwn(profile.direct, name) ? maskValue(value) : value,
  ]);
  return Object.fromEntries(masked) as JsonObject; // the same names, with text for what was masked
}

async function refuseSuppressed(deps: TemplateCommandDeps, workspace: string, address: string): Promise<void> {
  const email = normaliseEmail(address);
  if (email === null) throw invalidField('to', 'expected an e-mail address');
  const hash = keyedHash(await deps.vault.secret(workspace, 'look_up'), 'email', email);
  const listed = (await deps.suppressions.getMany(workspace, [hash])).get(hash);
  if (listed === undefined) return;
  throw new EngineError(
    'address_suppressed',
    `Expected an address that may be mailed; this one is suppressed (${listed.reason}).`,
  );
}

function invalid(check: Extract<TemplateCheck, { ok: false }>): EngineError {
  const places = check.problems.map(({ part, line, column, detail }) => ({
    pointer: `/${part}`,
    detail: `line ${line}, column ${column}: ${detail}`,
  }));
  const [first] = places;
  return new EngineError('template_invalid', `The template cannot be parsed: ${first?.pointer ?? ''} ${first?.detail ?? ''}`, {
    places,
  });
}

function invalidField(field: string, detail: string): EngineError {
  return new EngineError('invalid_input', `/${field}: ${detail}`, { places: [{ pointer: `/${field}`, detail }] });
}
