import type { SuppressionReason } from '../../contracts/events/suppression.events.js';
import type { Decider } from '../decider.js';

export type SuppressionEvent =
  | { readonly type: 'suppression.added'; readonly data: { readonly reason: SuppressionReason } }
  | { readonly type: 'suppression.removed'; readonly data: Readonly<Record<string, never>> };

export type SuppressionCommand =
  | { readonly kind: 'add'; readonly reason: SuppressionReason }
  /** `listed`: the list shows the address, be it because a module said so on a customer's stream. */
  | { readonly kind: 'remove'; readonly listed: 'yes' | 'no' };

export type SuppressionState = 'free' | 'suppressed';

function evolve(_state: SuppressionState, event: SuppressionEvent): SuppressionState {
  switch (event.type) {
    case 'suppression.added':
      return 'suppressed';
    case 'suppression.removed':
      return 'free';
  }
}

function decide(command: SuppressionCommand, state: SuppressionState): readonly SuppressionEvent[] {
  switch (command.kind) {
    case 'add':
      return state === 'suppressed' ? [] : [{ type: 'suppression.added', data: { reason: command.reason } }];
    case 'remove':
      return state === 'free' && command.listed === 'no' ? [] : [{ type: 'suppression.removed', data: {} }];
  }
}

/** An address on the suppression list: the first reason stands until a person takes it off. */
export const suppressionDecider: Decider<SuppressionState, SuppressionCommand, SuppressionEvent> = {
  initialState: 'free',
  evolve,
  decide,
};
