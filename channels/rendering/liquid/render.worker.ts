import { LRUCache } from 'lru-cache';
import type { RenderData, RenderOutcome, TemplateCheck, TemplateProblem, TemplateSource } from '../renderer.port.js';
import { compileTemplate, renderCompiled, type CompiledTemplate } from './compiled-template.js';

/** What a worker is asked to render; `progress[0]` tells which message it is at, from 1, and one more than there are when it is done. */
export interface RenderTask {
  readonly template: TemplateSource;
  readonly recipients: readonly RenderData[];
  readonly progress: Int32Array;
}

const compiled = new LRUCache<string, CompiledTemplate | readonly TemplateProblem[]>({ max: 16 });

function compileOnce(template: TemplateSource): CompiledTemplate | readonly TemplateProblem[] {
  const key = JSON.stringify([template.subject, template.html, template.text]);
  const known = compiled.get(key) ?? compileTemplate(template);
  compiled.set(key, known);
  return known;
}

/** What a worker is asked to parse; `progress` as for rendering one message. */
export interface ParseTask {
  readonly template: TemplateSource;
  readonly progress: Int32Array;
}

/** Parses a template and names its fields. */
export function parse({ template, progress }: ParseTask): TemplateCheck {
  Atomics.store(progress, 0, 1);
  const result = compileOnce(template);
  Atomics.store(progress, 0, 2);
  return 'parts' in result ? { ok: true, fields: result.fields } : { ok: false, problems: result };
}

/** Renders messages one after the other; problems when the template cannot be parsed. */
export function render({
  template,
  recipients,
  progress,
}: RenderTask): readonly RenderOutcome[] | { readonly problems: readonly TemplateProblem[] } {
  Atomics.store(progress, 0, 1);
  const result = compileOnce(template);
  if (!('parts' in result)) return { problems: result };
  const outcomes = recipients.map((data, index) => {
    Atomics.store(progress, 0, index + 1);
    return renderCompiled(result, data);
  });
  Atomics.store(progress, 0, recipients.length + 1);
  return outcomes;
}
