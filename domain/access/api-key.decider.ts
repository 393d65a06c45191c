import type { PlainData } from '../../contracts/events/event-contracts.js';
import { EngineError } from '../../contracts/errors.js';
import type { Decider } from '../decider.js';

export type ApiKeyEvent =
  | { readonly type: 'access.key_created'; readonly data: PlainData<'access.key_created'> }
  | { readonly type: 'access.key_revoked'; readonly data: Readonly<Record<string, never>> };

export type ApiKeyCommand =
  { readonly kind: 'create'; readonly key: PlainData<'access.key_created'> } | { readonly kind: 'revoke' };

export type ApiKeyState = 'absent' | 'active' | 'revoked';

function evolve(_state: ApiKeyState, event: ApiKeyEvent): ApiKeyState {
  switch (event.type) {
    case 'access.key_created':
      return 'active';
    case 'access.key_revoked':
      return 'revoked';
  }
}

function decide(command: ApiKeyCommand, state: ApiKeyState): readonly ApiKeyEvent[] {
  switch (command.kind) {
    case 'create':
      return state === 'absent' ? [{ type: 'access.key_created', data: command.key }] : [];
    case 'revoke':
      if (state === 'absent') throw new EngineError('not_found', 'expected the id of an API key, found none with this id');
      return state === 'active' ? [{ type: 'access.key_revoked', data: {} }] : [];
  }
}

/** An API key: made once, revoked at most once. */
export const apiKeyDecider: Decider<ApiKeyState, ApiKeyCommand, ApiKeyEvent> = { initialState: 'absent', evolve, decide };
