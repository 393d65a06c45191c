type Node = Record<string, unknown>;

/** Completes a description that was made of routes: answers that come line by line, and no schema that nothing names. It is changed itself. */
export function complete(description: object): void {
  // Both are objects of JSON, or absent.
  const { paths = {}, components } = description as { readonly paths?: Node; readonly components?: { schemas?: Node } };
  for (const calls of Object.values(paths)) {
    for (const { responses } of Object.values(calls as Record<string, { responses?: Node }>)) {
      if (responses === undefined || Object.keys(responses).some((status) => /^[23]/.test(status))) continue;
      responses['200'] = { description: 'Lines of JSON, as they come', content: { 'application/x-ndjson': {} } };
    }
  }
  const schemas = components?.schemas;
  if (schemas === undefined) return;
  for (;;) {
    const unused = Object.keys(schemas).filter((name) => !isNamed(name, description, schemas));
    if (unused.length === 0) return;
    for (const name of unused) Reflect.deleteProperty(schemas, name);
  }
}

/** By something other than the schema itself. */
function isNamed(name: string, description: object, schemas: Node): boolean {
  const reference = JSON.stringify(`#/components/schemas/${name}`);
  const count = (value: unknown): number => JSON.stringify(value).split(reference).length;
  return count(description) > count(schemas[name]);
}

/** `POST /v1/segments/{id}/recompute` is called `postSegmentsIdRecompute` in clients that are generated. */
export function operationIdOf(key: string): string {
  const [method = '', path = ''] = key.split(' ');
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'v1');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
