import type { PlainData } from '../../contracts/events/event-contracts.js';
import { EngineError } from '../../contracts/errors.js';
import type { Decider } from '../decider.js';

type KeyData = PlainData<'access.key_created'>;

export type ApiKeyEvent =
  | { readonly type: 'access.key_created'; readonly data: KeyData }
  | { readonly type: 'access.key_rotated'; readonly data: PlainData<'access.key_rotated'> }
  | { readonly type: 'access.key_revoked'; readonly data: Readonly<Record<string, never>> };

export type ApiKeyCommand =
  | { readonly kind: 'create'; readonly key: KeyData }
  | { readonly kind: 'rotate'; readonly replacedBy: string; readonly expiresAt: string }
  | { readonly kind: 'revoke' };

export type ApiKeyState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'active'; readonly key: KeyData }
  | { readonly kind: 'rotated'; readonly replacedBy: string }
  | { readonly kind: 'revoked' };

function evolve(_state: ApiKeyState, event: ApiKeyEvent): ApiKeyState {
  switch (event.type) {
    case 'access.key_created':
      return { kind: 'active', key: event.data };
    case 'access.key_rotated':
      return { kind: 'rotated', replacedBy: event.data.replaced_by };
    case 'access.key_revoked':
      return { kind: 'revoked' };
  }
}

function decide(command: ApiKeyCommand, state: ApiKeyState): readonly ApiKeyEvent[] {
  switch (command.kind) {
    case 'create':
      return state.kind === 'absent' ? [{ type: 'access.key_created', data: command.key }] : [];
    case 'rotate': {
      if (state.kind === 'rotated' && state.replacedBy === command.replacedBy) return [];
      const { expires_at: before } = rotatable(state);
      // A key that ends sooner by itself still does.
      const expiresAt = before !== undefined && before < command.expiresAt ? before : command.expiresAt;
      return [{ type: 'access.key_rotated', data: { replaced_by: command.replacedBy, expires_at: expiresAt } }];
    }
    case 'revoke':
      if (state.kind === 'absent') throw unknownKey();
      return state.kind === 'revoked' ? [] : [{ type: 'access.key_revoked', data: {} }];
  }
}

/** What a key that takes its place is made of. Errors: `not_found`, `key_not_active` (revoked, or rotated before). */
export function rotatable(state: ApiKeyState): KeyData {
  if (state.kind === 'absent') throw unknownKey();
  if (state.kind === 'active') return state.key;
  throw new EngineError('key_not_active', `expected a key that is in use, found one that was ${state.kind}`);
}

/** Nobody hands on what they do not hold. Errors: `forbidden`. */
export function refuseMoreThan(held: ReadonlySet<string>, scopes: readonly string[]): void {
  const missing = scopes.filter((scope) => !held.has(scope));
  if (missing.length === 0) return;
  throw new EngineError('forbidden', `A key can be given only scopes that its maker holds, which lacks ${missing.join(', ')}.`);
}

function unknownKey(): EngineError {
  return new EngineError('not_found', 'expected the id of an API key, found none with this id');
}

/** An API key: made once, rotated at most once, revoked at most once. */
export const apiKeyDecider: Decider<ApiKeyState, ApiKeyCommand, ApiKeyEvent> = {
  initialState: { kind: 'absent' },
  evolve,
  decide,
};
