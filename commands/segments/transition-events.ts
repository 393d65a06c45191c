import { plainBody } from '../../contracts/events/engine-event.js';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { NewEvent } from '../../contracts/events/event.js';
import { engineId } from '../../domain/ids.js';
import { isoInstant } from '../../runtime/clock.js';
import { engineEvent } from '../engine-event.js';

/** Who acts when nobody asked for it. */
export const ENGINE_ACTOR = 'cebe';

/** One customer's way into or out of one segment. */
export interface Transition {
  readonly workspace: string;
  readonly customerId: string;
  readonly segmentId: string;
  readonly revision: number;
  readonly in: boolean;
  readonly at: string;
  /** The event that led to it, or the instant (ms) at which a window ran out. */
  readonly cause: DecodedEvent | number;
}

/** The event of a transition; its id follows from what led to it, so that the same decision is the same event. */
export function transitionEvent(transition: Transition): NewEvent {
  const { workspace, customerId, segmentId, revision, at, cause } = transition;
  const type = transition.in ? 'segment.entered' : 'segment.exited';
  const isDue = typeof cause === 'number';
  const causeId = isDue ? `due ${isoInstant(cause)}` : cause.id;
  return engineEvent({
    id: engineId(type, workspace, customerId, segmentId, causeId),
    type,
    data: plainBody(type, { segment: segmentId, revision, cause: isDue ? 'due' : causeId, at }),
    workspace,
    actor: ENGINE_ACTOR,
    at,
    ...(isDue ? {} : { cause }),
  });
}
