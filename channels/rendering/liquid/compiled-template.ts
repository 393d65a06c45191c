import { compile } from 'html-to-text';
import type { Template } from 'liquidjs';
import { flattenHeader } from '../../mailbox.js';
import { missingFields } from '../missing-fields.js';
import type { MergeField, RenderData, RenderOutcome, TemplateProblem, TemplateSource } from '../renderer.port.js';
import { withHtmlFooter, withTextFooter } from './footer.js';
import { engineFor, liquidDetail, parsePart } from './liquid-engine.js';
import { mergeFieldsOf, type ParsedPart } from './merge-fields.js';

const MAX_SUBJECT = 500;
const MAX_OUTPUT = 2 * 1024 * 1024;

const htmlToText = compile({
  wordwrap: false,
  limits: { maxInputLength: MAX_OUTPUT, maxDepth: 200 },
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
});

/** A template whose parts are parsed. */
export interface CompiledTemplate {
  readonly fields: readonly MergeField[];
  readonly parts: readonly ParsedPart[];
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
  return problems.length > 0 ? problems : { parts, fields: mergeFieldsOf(parts) };
}

function renderPart({ parts }: CompiledTemplate, part: ParsedPart['part'], scope: object): string | null {
  const found = parts.find((candidate) => candidate.part === part);
  if (found === undefined) return null;
  const templates: Template[] = [...found.templates];
  return String(engineFor(part).renderSync(templates, scope));
}

/** Renders one message; whatever the template does wrong is an outcome. */
export function renderCompiled(template: CompiledTemplate, data: RenderData): RenderOutcome {
  const usesAddress = template.fields.some(({ path }) => path === 'postal_address') ? 'uses_address' : 'no_address';
  const scope = { ...data.fields, unsubscribe_url: data.unsubscribe_url, postal_address: data.postal_address ?? '' };
  try {
    const subject = flattenHeader(renderPart(template, 'subject', scope) ?? '').slice(0, MAX_SUBJECT);
    const html = withHtmlFooter(renderPart(template, 'html', scope) ?? '', data, usesAddress);
    if (html.length > MAX_OUTPUT) throw new Error(`the message is larger than ${String(MAX_OUTPUT)} characters`);
    const written = renderPart(template, 'text', scope);
    const text = written === null ? htmlToText(html) : withTextFooter(written, data, usesAddress);
    return { ok: true, message: { subject, html, text, missing: missingFields(template.fields, data.fields) } };
  } catch (error) {
    const detail = liquidDetail(error);
    const code = detail.includes('template render limit exceeded') ? 'template_timeout' : 'template_render_failed';
    return { ok: false, failure: { code, detail } };
  }
}
