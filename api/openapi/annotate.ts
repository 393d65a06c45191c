import { STATUS_CODES } from 'node:http';
import { bodyExamples, fieldExamples, pathExamples } from './examples.js';

type Node = Record<string, unknown>;

/** Puts examples into a description, and words where the generator has none. The description itself is changed. */
export function annotate(description: { readonly paths?: object }): void {
  for (const [path, calls] of Object.entries(description.paths ?? {})) {
    for (const [method, call] of Object.entries(asNode(calls))) {
      annotateCall(`${method.toUpperCase()} ${path}`, asNode(call));
      const [inPath] = nodesIn(asNode(call)['parameters']).filter((parameter) => parameter['in'] === 'path');
      if (inPath !== undefined && path in pathExamples) inPath['example'] = pathExamples[path];
    }
  }
  addExamples(description);
}

function annotateCall(key: string, call: Node): void {
  for (const [status, response] of Object.entries(asNode(call['responses']))) {
    const node = asNode(response);
    if (node['description'] === 'Default Response') node['description'] = STATUS_CODES[status] ?? 'Answer';
  }
  if (!(key in bodyExamples)) return;
  const { content } = asNode(call['requestBody']);
  for (const media of nodesIn(content)) media['example'] = bodyExamples[key];
}

/** By the names of fields. What goes without saying is left out: bounds of JavaScript's integers, and that further fields may follow. */
function addExamples(value: unknown): void {
  for (const node of nodesIn(value)) {
    if (node['type'] === 'integer') {
      if (node['minimum'] === Number.MIN_SAFE_INTEGER) delete node['minimum'];
      if (node['maximum'] === Number.MAX_SAFE_INTEGER) delete node['maximum'];
    }
    if ('properties' in node && Object.keys(asNode(node['additionalProperties'])).length === 0) {
      if (node['additionalProperties'] !== false) delete node['additionalProperties'];
    }
    for (const [name, field] of Object.entries(asNode(node['properties']))) {
      const schema = asNode(field);
      if (name in fieldExamples && !('enum' in schema) && schema['type'] !== 'array') schema['examples'] = [fieldExamples[name]];
    }
    addExamples(node);
  }
}

function nodesIn(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).filter((one): one is Node => typeof one === 'object' && one !== null);
}

function asNode(value: unknown): Node {
  // An object of JSON; whatever else stands there has no fields to look at.
  return typeof value === 'object' && value !== null ? (value as Node) : {};
}
