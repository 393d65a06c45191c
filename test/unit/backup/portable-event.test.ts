import { expect, it } from '@jest/globals';
import { namesPosition } from '../../../app/backup/portable-event.js';
import { listContracts } from '../../../contracts/events/registry.js';
import { newEvent } from '../../support/new-events.js';

it('knows every event type with a field that names a position, so that copies translate it', () => {
  const types = listContracts()
    .filter(({ fields }) => Object.keys(fields).some((name) => name.includes('position')))
    .map(({ type }) => type);
  expect(types).toEqual(['segment.evaluated']);
  expect(types.filter((type) => !namesPosition(newEvent({ type })))).toEqual([]);
});
