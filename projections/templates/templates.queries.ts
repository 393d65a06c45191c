import type { TemplateDocument, Templates } from '../../contracts/read-models/templates.port.js';
import type { ReadSource } from '../read-source.js';
import { createStoredDocuments } from '../stored-documents.js';

/** Reads templates. */
export function createTemplates(source: ReadSource): Templates {
  const stored = createStoredDocuments<TemplateDocument>(source);
  return {
    get: (workspace, templateId) => stored.get(workspace, templateId),
    async list(workspace, page) {
      const { documents, next } = await stored.list(workspace, { newestBy: 'created_at', ...page });
      return { templates: documents, next };
    },
  };
}
