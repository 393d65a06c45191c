import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { TemplateDocument } from '../../contracts/read-models/templates.port.js';
import type { Projection } from '../../runtime/projection.js';

/** The templates of each workspace, as they are now. */
export const templatesProjection: Projection<TemplateDocument & JsonObject> = {
  name: 'templates',
  version: 1,
  categories: ['template'],
  handles: ['template.defined', 'template.revised'],
  opensQuasi: false,
  indexes: [],
  keys: ({ stream }) => [`${stream.workspace}/${stream.id}`],
  evolve(document, event) {
    if (!isEngineEvent(event, 'template.defined') && !isEngineEvent(event, 'template.revised')) return document;
    const at = event.metadata.occurred_at;
    const { name, subject, html, text, revision } = event.data;
    return {
      template_id: event.stream.id,
      name,
      subject,
      html,
      ...(text === undefined ? {} : { text }),
      revision,
      created_at: document?.created_at ?? at,
      updated_at: at,
    };
  },
};
