/** Something that a recipient, or the way to one, does with a message. */
export type Reaction = 'delivered' | 'failed' | 'opened' | 'clicked' | 'complained';

/** Everything that one recipient does, in order. */
export interface Behaviour {
  readonly reactions: readonly Reaction[];
  /** Uses the one-click unsubscribe of the message. */
  readonly unsubscribes: boolean;
}

/** Numbers in [0, 1), the same for the same seed and text (xmur3 and mulberry32, public domain). */
export function seededRandom(seed: string): () => number {
  let state = 1_779_033_703 ^ seed.length;
  for (let index = 0; index < seed.length; index += 1) {
    state = Math.imul(state ^ seed.charCodeAt(index), 3_432_918_353);
    state = (state << 13) | (state >>> 19);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Shares of recipients, roughly those of a well-kept retail list. */
const share = { bounced: 0.02, opened: 0.38, openedAgain: 0.3, clicked: 0.22, unsubscribed: 0.03, complained: 0.002 };

/** How this recipient behaves; the same recipient and seed behave the same in every run. */
export function behaviourOf(seed: string, recipient: string): Behaviour {
  const random = seededRandom(`${seed} ${recipient}`);
  const chance = (of: number): boolean => random() < of;
  if (chance(share.bounced)) return { reactions: ['failed'], unsubscribes: false };
  const reactions: Reaction[] = ['delivered'];
  if (!chance(share.opened)) return { reactions, unsubscribes: false };
  reactions.push('opened');
  if (chance(share.openedAgain)) reactions.push('opened');
  if (chance(share.clicked)) reactions.push('clicked');
  if (chance(share.complained)) reactions.push('complained');
  return { reactions, unsubscribes: chance(share.unsubscribed) };
}
