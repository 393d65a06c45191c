import type { TemplateDocument, Templates } from '../../contracts/read-models/templates.port.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ReadSource } from '../read-source.js';

/** Reads templates. */
export function createTemplates(source: ReadSource): Templates {
  return {
    async get(workspace, templateId) {
      const stored = await source.documents.get(source.collection(), `${workspace}/${templateId}`);
      return stored === null || stored.body === null ? null : template(stored.body);
    },
    async list(workspace, { limit, cursor }) {
      const page = await source.documents.find(source.collection(), {
        idPrefix: `${workspace}/`,
        sort: { path: ['created_at'], direction: 'desc' },
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { templates: page.documents.map(({ body }) => template(body)), next: page.nextCursor };
    },
  };
}

function template(body: JsonObject): TemplateDocument {
  // Only the templates projection writes this collection.
  return body as unknown as TemplateDocument;
}
