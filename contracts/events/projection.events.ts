import { id, none, optional, ordinal } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** What happens to read models that the log has to know. */
export const projectionEvents = [
  defineEvent({
    type: 'projection.switched',
    version: 1,
    owner: 'cebe',
    purpose: 'A rebuilt read model took over; where it feeds a reactor, everything is evaluated once with this cause.',
    category: 'projection',
    intake: false,
    fields: {
      name: none(id, 'The projection.'),
      version: none(ordinal, 'Its version.'),
      generation: none(optional(ordinal), 'Which generation of its documents serves from here on.'),
      switch_id: none(id, 'Names this switch.'),
    },
    example: { name: 'profiles', version: 3, generation: 4, switch_id: '0b1c2d3e-0000-5000-8000-000000000001' },
  }),
] as const;

/** An event of the family `projection.*`. */
export type ProjectionEvent = EventOf<(typeof projectionEvents)[number]>;
