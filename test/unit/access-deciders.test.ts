import { describe, it } from '@jest/globals';
import { apiKeyDecider } from '../../domain/access/api-key.decider.js';
import { workspaceDecider } from '../../domain/access/workspace.decider.js';
import { importDecider } from '../../domain/import.decider.js';
import { specifyDecider } from '../support/decider.js';

describe('a workspace', () => {
  const { given } = specifyDecider(workspaceDecider);
  const created = { type: 'access.workspace_created', data: { name: 'Shop', time_zone: 'Asia/Jakarta' } } as const;

  it('is made once', () => {
    given().when({ kind: 'create', name: 'Shop', timeZone: 'Asia/Jakarta' }).then(created);
    given(created).when({ kind: 'create', name: 'Other', timeZone: 'UTC' }).thenNothing();
  });

  it('keeps only settings that change', () => {
    const change = { time_zone: 'Asia/Jakarta', unknown_types: 'quarantine' } as const;
    given(created)
      .when({ kind: 'change_settings', change })
      .then({ type: 'access.settings_changed', data: { unknown_types: 'quarantine' } });
  });

  it('refuses a zone that does not exist, and settings of a workspace that does not', () => {
    given(created)
      .when({ kind: 'change_settings', change: { time_zone: 'Asia/Atlantis' } })
      .thenRefused('invalid_input');
    given().when({ kind: 'create', name: 'Shop', timeZone: 'Nowhere' }).thenRefused('invalid_input');
    given()
      .when({ kind: 'change_settings', change: { opt_in_required: true } })
      .thenRefused('not_found');
  });
});

describe('an API key', () => {
  const { given } = specifyDecider(apiKeyDecider);
  const key = { name: 'shop', source: 'commerce', prefix: 'cebe_1a2b', hash: 'h', scopes: ['ingest:write'] };
  const created = { type: 'access.key_created', data: key } as const;
  const revoked = { type: 'access.key_revoked', data: {} } as const;

  it('is made once and revoked once', () => {
    given().when({ kind: 'create', key }).then(created);
    given(created).when({ kind: 'revoke' }).then(revoked);
    given(created, revoked).when({ kind: 'revoke' }).thenNothing();
  });

  it('is rotated once, and ends no later than it would have', () => {
    const expiresAt = '2026-12-01T00:00:00.000Z';
    const rotate = { kind: 'rotate', replacedBy: 'key_2', expiresAt } as const;
    const rotated = { type: 'access.key_rotated', data: { replaced_by: 'key_2', expires_at: expiresAt } } as const;
    given(created).when(rotate).then(rotated);
    given(created, rotated).when(rotate).thenNothing();
    given(created, rotated)
      .when({ ...rotate, replacedBy: 'key_3' })
      .thenRefused('key_not_active');
    given(created, revoked).when(rotate).thenRefused('key_not_active');
    given(created, rotated).when({ kind: 'revoke' }).then(revoked);
    const sooner = '2026-11-24T00:00:00.000Z';
    given({ type: 'access.key_created', data: { ...key, expires_at: sooner } })
      .when(rotate)
      .then({ type: 'access.key_rotated', data: { replaced_by: 'key_2', expires_at: sooner } });
  });

  it('that was never made cannot be revoked or rotated', () => {
    given().when({ kind: 'rotate', replacedBy: 'key_2', expiresAt: '2026-12-01T00:00:00.000Z' }).thenRefused('not_found');
    given().when({ kind: 'revoke' }).thenRefused('not_found');
  });
});

describe('an import', () => {
  const { given } = specifyDecider(importDecider);
  const started = { type: 'import.started', data: { label: 'cdnow', shift_days: 3 } } as const;
  const result = { cause: 'requested', received: 2, accepted: 1, duplicate: 1, quarantined: 0 } as const;
  const finished = { type: 'import.finished', data: result } as const;

  it('is started and finished once', () => {
    given().when({ kind: 'start', about: started.data }).then(started);
    given(started).when({ kind: 'finish', result }).then(finished);
    given(started, finished).when({ kind: 'finish', result }).thenNothing();
  });

  it('that was never started cannot be finished', () => {
    given().when({ kind: 'finish', result }).thenRefused('not_found');
  });
});
