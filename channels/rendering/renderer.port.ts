import type { JsonObject } from '../../contracts/json.js';

/** A template as people write it: Liquid in each part. Without `text` the text part is made from the rendered HTML. */
export interface TemplateSource {
  readonly subject: string;
  readonly html: string;
  readonly text?: string;
}

export type TemplatePart = 'subject' | 'html' | 'text';

/** What is wrong with a template, and where: line and column count from 1. */
export interface TemplateProblem {
  readonly part: TemplatePart;
  readonly line: number;
  readonly column: number;
  readonly detail: string;
}

/** A field of the recipient that the template uses; `optional`: it has a fallback, or the template asks whether it is there. */
export interface MergeField {
  readonly path: string;
  readonly need: 'required' | 'optional';
  /** Where it is used first. */
  readonly part: TemplatePart;
  readonly line: number;
  readonly column: number;
}

export type TemplateCheck =
  | { readonly ok: true; readonly fields: readonly MergeField[] }
  | { readonly ok: false; readonly problems: readonly TemplateProblem[] };

/** What a template is filled with: the recipient's fields by name, beside two that every message has. */
export interface RenderData {
  readonly fields: JsonObject;
  /** `{{ unsubscribe_url }}`; a footer with it is added to a message that does not show it. */
  readonly unsubscribe_url: string;
  /** `{{ postal_address }}`; added to the footer when the template does not use it. */
  readonly postal_address?: string;
}

/** A message ready to be sent, and the required fields that the recipient did not have. */
export interface RenderedMessage {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly missing: readonly string[];
}

/** `template_timeout`: not done within the time a message may take; its worker was killed. */
export interface RenderFailure {
  readonly code: 'template_render_failed' | 'template_timeout';
  readonly detail: string;
}

export type RenderOutcome =
  { readonly ok: true; readonly message: RenderedMessage } | { readonly ok: false; readonly failure: RenderFailure };

/** At most this many bytes in all parts of a template together. */
export const MAX_TEMPLATE_BYTES = 256 * 1024;

/**
 * Turns templates and recipients into messages, away from the engine's own thread and memory: a template that loops for ever or eats memory costs its
 * own message at most 1 s, and others go on rendering. Same template and data, same message (filters that ask for the time aside).
 *
 * Values are escaped in HTML unless the template says `| raw`. Links are left as they are: counting clicks is the provider's work.
 * Errors: `template_invalid` (details: problems), `template_render_failed`, `template_timeout`, `renderer_unavailable` (closed).
 */
export interface Renderer {
  /** Whether the template can be parsed, and what it asks of a recipient. Never throws for a bad template. */
  parseTemplate(template: TemplateSource): Promise<TemplateCheck>;
  render(template: TemplateSource, data: RenderData): Promise<RenderedMessage>;
  /** One outcome a recipient, in the given order; one that fails costs the others nothing. Throws `template_invalid` only. */
  renderBatch(template: TemplateSource, recipients: readonly RenderData[]): Promise<readonly RenderOutcome[]>;
  close(): Promise<void>;
}
