import { EngineError } from '../../contracts/errors.js';
import type { PlainData } from '../../contracts/events/event-contracts.js';
import type { Decider } from '../decider.js';

/** A template as people write it. */
export type TemplateContent = Omit<PlainData<'template.defined'>, 'revision'>;

export type TemplateEvent =
  | { readonly type: 'template.defined'; readonly data: PlainData<'template.defined'> }
  | { readonly type: 'template.revised'; readonly data: PlainData<'template.revised'> };

/** `ifRevision` is the revision that the caller saw; absent: whatever stands now. */
export type TemplateCommand =
  | { readonly kind: 'define'; readonly content: TemplateContent }
  | { readonly kind: 'revise'; readonly content: TemplateContent; readonly ifRevision?: number };

export type TemplateState =
  { readonly kind: 'absent' } | { readonly kind: 'defined'; readonly template: PlainData<'template.defined'> };

function evolve(_state: TemplateState, event: TemplateEvent): TemplateState {
  switch (event.type) {
    case 'template.defined':
    case 'template.revised':
      return { kind: 'defined', template: event.data };
  }
}

function decide(command: TemplateCommand, state: TemplateState): readonly TemplateEvent[] {
  switch (command.kind) {
    case 'define':
      return state.kind === 'absent' ? [{ type: 'template.defined', data: { ...command.content, revision: 1 } }] : [];
    case 'revise':
      return revise(command.content, command.ifRevision, state);
  }
}

function revise(content: TemplateContent, ifRevision: number | undefined, state: TemplateState): readonly TemplateEvent[] {
  if (state.kind === 'absent') throw new EngineError('not_found', 'Expected the id of a template, found none with this id.');
  const { revision, ...current } = state.template;
  if (isSame(content, current)) return [];
  if (ifRevision !== undefined && ifRevision !== revision) {
    throw new EngineError('revision_stale', `Expected the template at revision ${ifRevision}, found it at ${revision}.`);
  }
  return [{ type: 'template.revised', data: { ...content, revision: revision + 1 } }];
}

function isSame(one: TemplateContent, other: TemplateContent): boolean {
  return (
    one.name === other.name &&
    one.subject === other.subject &&
    one.html === other.html &&
    (one.text ?? null) === (other.text ?? null)
  );
}

/** What campaigns say: made once, then revised whole. Errors: `not_found`, `revision_stale`. */
export const templateDecider: Decider<TemplateState, TemplateCommand, TemplateEvent> = {
  initialState: { kind: 'absent' },
  evolve,
  decide,
};
