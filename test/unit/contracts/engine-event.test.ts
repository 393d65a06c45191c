import { describe, expect, it } from '@jest/globals';
import type { DecodedEvent } from '../../../contracts/events/decoded-event.js';
import { isEngineEvent, plainBody, type PlainData } from '../../../contracts/events/registry.js';

const entered: PlainData<'segment.entered'> = { segment: 's1', revision: 1, cause: 'due', at: '2026-11-22T00:00:00.000Z' };

function eventOf(source: string, type = 'segment.entered'): DecodedEvent {
  return {
    id: 'e1',
    type,
    stream: { category: 'customer', workspace: 'w1', id: '70012' },
    revision: 0n,
    position: 0n,
    metadata: {
      workspace_id: 'w1',
      message_id: 'm',
      source,
      schema_version: 1,
      occurred_at: entered.at,
      received_at: entered.at,
      correlation_id: 'e1',
      causation_id: 'e1',
      actor: 'engine',
    },
    data: entered,
    hashes: {},
    direct: {},
    erased: false,
  };
}

describe('bodies of engine events', () => {
  it('are plain', () => {
    expect(plainBody('segment.entered', entered)).toEqual({ plain: entered, hashes: {}, sealed: [] });
  });

  it('are refused where the contract is not met', () => {
    expect(() => plainBody('segment.entered', { ...entered, revision: 0 })).toThrow('/revision');
  });

  it('hold no field that has to be sealed', () => {
    const withNote = { reason: 'manual', note: 'words' } as const;
    expect(() => plainBody('suppression.added', withNote)).toThrow('note');
    // @ts-expect-error a type whose body must be sealed is no plain type
    expect(() => plainBody('quarantine.received', { kind: 'ingest', source: 'crm', code: 'x', detail: '', bytes: 1 })).toThrow(
      '/body',
    );
  });

  it('hold no field that is not declared', () => {
    // @ts-expect-error an undeclared field
    expect(() => plainBody('segment.entered', { ...entered, extra: 1 })).toThrow('extra');
  });

  it('are told from events of modules by their source', () => {
    const own = eventOf('cebe');
    expect(isEngineEvent(own, 'segment.entered') && own.data.segment).toBe('s1');
    expect(isEngineEvent(eventOf('crm'), 'segment.entered')).toBe(false);
    expect(isEngineEvent(eventOf('cebe', 'segment.exited'), 'segment.entered')).toBe(false);
  });
});
