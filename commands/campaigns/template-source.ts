import { LRUCache } from 'lru-cache';
import type { Renderer, TemplateSource } from '../../channels/rendering/renderer.port.js';
import { EngineError } from '../../contracts/errors.js';
import { templateDecider, type TemplateContent, type TemplateEvent } from '../../domain/campaign/template.decider.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { loadStream } from '../command-handler.js';
import { templateStreamName } from './run-ids.js';

/** A template ready to be rendered: what it says, and which fields of its recipient it uses. */
export interface ReadyTemplate {
  readonly name: string;
  readonly revision: number;
  readonly source: TemplateSource;
  /** First steps of the fields' paths. */
  readonly fields: readonly string[];
  readonly mergeFields: readonly { readonly path: string; readonly need: 'required' | 'optional' }[];
}

/** Reads templates, also as they were at an earlier revision, and remembers them: a revision never changes. */
export interface TemplateSources {
  /** The template at the revision, or as it is now. Errors: `not_found`. */
  load(workspace: string, templateId: string, revision?: number): Promise<ReadyTemplate>;
}

const CACHED = 200;

/** Templates from their streams. */
export function createTemplateSources(deps: { readonly eventStore: EventStore; readonly renderer: Renderer }): TemplateSources {
  const cache = new LRUCache<string, ReadyTemplate>({ max: CACHED });
  return {
    async load(workspace, templateId, revision) {
      const stream = templateStreamName(workspace, templateId);
      const known = revision === undefined ? undefined : cache.get(`${stream}@${revision}`);
      if (known !== undefined) return known;
      const revisions = await contentsOf(deps.eventStore, stream);
      const wanted = revision ?? revisions.size;
      const content = revisions.get(wanted);
      if (content === undefined) throw new EngineError('not_found', 'Expected the id of a template, found none with this id.');
      const ready = await readyOf(deps.renderer, content, wanted);
      cache.set(`${stream}@${wanted}`, ready);
      return ready;
    },
  };
}

async function contentsOf(eventStore: EventStore, stream: string): Promise<ReadonlyMap<number, TemplateContent>> {
  const fold = {
    initialState: new Map<number, TemplateContent>(),
    evolve: (contents: Map<number, TemplateContent>, event: TemplateEvent) => {
      const state = templateDecider.evolve({ kind: 'absent' }, event);
      return state.kind === 'absent' ? contents : contents.set(state.template.revision, state.template);
    },
  };
  return (await loadStream(eventStore, stream, fold)).state;
}

async function readyOf(renderer: Renderer, content: TemplateContent, revision: number): Promise<ReadyTemplate> {
  const { name, subject, html, text } = content;
  const source = { subject, html, ...(text === undefined ? {} : { text }) };
  const check = await renderer.parseTemplate(source);
  // One that no longer parses says so when it is rendered.
  const mergeFields = check.ok ? check.fields : [];
  return { name, revision, source, mergeFields, fields: [...new Set(mergeFields.map(({ path }) => path.split('.')[0] ?? path))] };
}
