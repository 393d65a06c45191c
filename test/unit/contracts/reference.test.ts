import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCatalogue } from '../../../contracts/error-catalogue.js';
import { listContracts } from '../../../contracts/events/registry.js';
import { quarantineCodes } from '../../../contracts/quarantine-codes.js';
import { errorsReference, eventsReference } from '../../../contracts/reference.js';
import { exportSchemas } from '../../../contracts/schema-export.js';

const pageOf = (name: string): string => readFileSync(join(__dirname, '../../../docs/reference', name), 'utf8');

describe('reference pages', () => {
  it('events.md is what the contracts say (else run scripts/generate-reference.mjs)', () => {
    expect(pageOf('events.md')).toBe(eventsReference());
  });

  it('errors.md is what the catalogues say (else run scripts/generate-reference.mjs)', () => {
    expect(pageOf('errors.md')).toBe(errorsReference());
  });

  it('name every type and every code', () => {
    for (const { type } of listContracts()) expect(eventsReference()).toContain(`### ${type}\n`);
    for (const code of [...Object.keys(errorCatalogue), ...Object.keys(quarantineCodes)])
      expect(errorsReference()).toContain(`| \`${code}\` |`);
  });
});

describe('exported schemas', () => {
  const { bodies, event, segment_rule: rule } = exportSchemas();

  it('show amounts as modules send them', () => {
    expect(Object.keys(bodies.order_created?.properties ?? {})).toEqual([
      'order_id',
      'amount',
      'currency',
      'quantity',
      'created_at',
      'checkout_id',
      'products',
    ]);
    expect(bodies.order_created?.required).toEqual(['order_id', 'amount', 'currency', 'created_at']);
    expect(bodies.order_created?.examples).toEqual([
      { order_id: '9', amount: '19.90', currency: 'USD', quantity: 2, created_at: '2026-11-22T10:00:00+07:00' },
    ]);
  });

  it('show what modules send where the engine sends something else', () => {
    expect(bodies['campaign.message_opened']?.required).toEqual(['campaign_id']);
    expect(bodies['campaign.message_opened']?.properties).not.toHaveProperty('run');
  });

  it('say how personal each property is', () => {
    for (const body of Object.values(bodies)) {
      for (const property of Object.values(body.properties))
        expect(['none', 'quasi', 'direct', 'special']).toContain(property['x-pii']);
    }
  });

  it('are JSON, with the envelope and the segment rule', () => {
    expect(JSON.parse(JSON.stringify({ event, rule }))).toMatchObject({
      event: { type: 'object' },
      rule: { $defs: { SegmentRule: {} } },
    });
  });
});
