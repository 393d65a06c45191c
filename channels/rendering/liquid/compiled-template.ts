import type { Template } from 'liquidjs';
import { flattenHeader } from '../../mailbox.js';
import { missingFields } from '../missing-fields.js';
import type { MergeField, RenderData, RenderOutcome, TemplateProblem, TemplateSource } from '../renderer.port.js';
import { withHtmlFooter, withTextFooter } from './footer.js';
import { engineFor, liquidDetail, parsePart } from './liquid-engine.js';
import { mergeFieldsOf, type ParsedPart } from './merge-fields.js';
import { htmlToText, MAX_OUTPUT, textTemplateOf, withoutGaps } from './plain-text.js';

const MAX_SUBJECT = 500;

/** A template whose parts are parsed. */
export interface CompiledTemplate {
  readonly fields: readonly MergeField[];
  readonly parts: readonly ParsedPart[];
  /** Made from the HTML, where no text part is written and one template can say what the HTML says. */
  readonly text: readonly Template[] | null;
}

/** Parses every part; all problems at once, not the first only. */
export function compileTemplate(source: TemplateSource): CompiledTemplate | readonly TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  const parts: ParsedPart[] = [];
  for (const part of ['subject', 'html', 'text'] as const) {
    const text = source[part];
    if (text === undefined) continue;
    const parsed = parsePart(part, text);
    if ('detail' in parsed) problems.push(parsed);
    else parts.push({ part, source: text, templates: parsed });
  }
  if (problems.length > 0) return problems;
  return { parts, fields: mergeFieldsOf(parts), text: source.text === undefined ? textFrom(source.html) : null };
}

function textFrom(html: string): readonly Template[] | null {
  const text = textTemplateOf(html);
  const parsed = text === null ? null : parsePart('text', text);
  return parsed === null || 'detail' in parsed ? null : parsed;
}

function renderPart({ parts }: CompiledTemplate, part: ParsedPart['part'], scope: object): string | null {
  const found = parts.find((candidate) => candidate.part === part);
  return found === undefined ? null : renderTemplates(part, found.templates, scope);
}

function renderTemplates(part: ParsedPart['part'], templates: readonly Template[], scope: object): string {
  return String(engineFor(part).renderSync([...templates], scope));
}

function madeText({ text }: CompiledTemplate, scope: object): string | null {
  return text === null ? null : withoutGaps(renderTemplates('text', text, scope));
}

/** Renders one message; whatever the template does wrong is an outcome. */
export function renderCompiled(template: CompiledTemplate, data: RenderData): RenderOutcome {
  const usesAddress = template.fields.some(({ path }) => path === 'postal_address') ? 'uses_address' : 'no_address';
  const scope = { ...data.fields, unsubscribe_url: data.unsubscribe_url, postal_address: data.postal_address ?? '' };
  try {
    const subject = flattenHeader(renderPart(template, 'subject', scope) ?? '').slice(0, MAX_SUBJECT);
    const body = renderPart(template, 'html', scope) ?? '';
    const html = withHtmlFooter(body, data, usesAddress);
    if (html.length > MAX_OUTPUT) throw new Error(`the message is larger than ${String(MAX_OUTPUT)} characters`);
    const said = renderPart(template, 'text', scope) ?? madeText(template, scope) ?? htmlToText(body);
    const text = withTextFooter(said, data, usesAddress);
    return { ok: true, message: { subject, html, text, missing: missingFields(template.fields, data.fields) } };
  } catch (error) {
    const detail = liquidDetail(error);
    const code = detail.includes('template render limit exceeded') ? 'template_timeout' : 'template_render_failed';
    return { ok: false, failure: { code, detail } };
  }
}
