import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { v5 } from 'uuid';
import { engineId, ingestEventId, mintedCustomerId, quarantineId } from '../../../domain/ids.js';

const NS_INGEST = '6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a01';
const NS_ENGINE = '6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a02';
const text = fc.string({ unit: 'grapheme' });

describe('deterministic ids', () => {
  it('are UUIDs of version 5 in their namespace', () => {
    fc.assert(
      fc.property(text, text, text, (workspace, source, messageId) => {
        expect(ingestEventId(workspace, source, messageId)).toBe(v5(`${workspace}\0${source}\0${messageId}`, NS_INGEST));
        expect(engineId(workspace, source)).toBe(v5(`${workspace}\0${source}`, NS_ENGINE));
      }),
    );
  });

  it('stay what they were: they are part of every stored log', () => {
    expect(ingestEventId('main', 'shop', 'order-1')).toBe(v5('main\0shop\0order-1', NS_INGEST));
    expect(quarantineId('main', 'shop', '', 'h')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(mintedCustomerId('018f3b5e-5d53-7000-8000-000000000000')).toMatch(/^c_[a-z2-7]{26}$/);
  });
});
