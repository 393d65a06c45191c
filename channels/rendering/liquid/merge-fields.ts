import type { Template } from 'liquidjs';
import type { MergeField, TemplatePart } from '../renderer.port.js';
import { engineFor } from './liquid-engine.js';

interface Use {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly kind: 'shown' | 'fallback' | 'asked';
}

function offsetOf(source: string, line: number, column: number): number {
  let start = 0;
  for (let skipped = 1; skipped < line; skipped += 1) start = source.indexOf('\n', start) + 1;
  return start + column - 1;
}

/** How a variable is used, from the tag around it: liquidjs tells where, not how. */
function kindOfUse(source: string, offset: number): Use['kind'] {
  const output = source.lastIndexOf('{{', offset);
  const tag = source.lastIndexOf('{%', offset);
  const inTag = tag > output;
  const end = source.indexOf(inTag ? '%}' : '}}', offset);
  const rest = source.slice(offset, end < 0 ? undefined : end);
  if (/\|\s*default\b/.test(rest)) return 'fallback';
  if (!inTag) return 'shown';
  return /^\{%-?\s*(?:assign|echo)\b/.test(source.slice(tag, offset)) ? 'shown' : 'asked';
}

function usesIn(part: TemplatePart, source: string, templates: readonly Template[]): readonly Use[] {
  const { globals } = engineFor(part).analyzeSync([...templates], { partials: false });
  return Object.values(globals)
    .flat()
    .map(({ segments, location }) => {
      const fixed = segments.findIndex((segment) => Array.isArray(segment) || typeof segment === 'object');
      const path = segments.slice(0, fixed < 0 ? undefined : fixed).join('.');
      return {
        path,
        line: location.row,
        column: location.col,
        kind: kindOfUse(source, offsetOf(source, location.row, location.col)),
      };
    });
}

/** A parsed part with its source. */
export interface ParsedPart {
  readonly part: TemplatePart;
  readonly source: string;
  readonly templates: readonly Template[];
}

/** The fields that a template takes from its recipient, each once, in the order of first use. */
export function mergeFieldsOf(parts: readonly ParsedPart[]): readonly MergeField[] {
  const uses = parts.flatMap(({ part, source, templates }) => usesIn(part, source, templates).map((use) => ({ ...use, part })));
  const asked = new Set(uses.filter(({ kind }) => kind === 'asked').map(({ path }) => path));
  const fields = new Map<string, MergeField>();
  for (const { path, part, line, column, kind } of uses) {
    const need = kind === 'shown' && !asked.has(path) ? 'required' : 'optional';
    const known = fields.get(path);
    if (known === undefined) fields.set(path, { path, need, part, line, column });
    else if (need === 'required') fields.set(path, { ...known, need });
  }
  return [...fields.values()];
}
