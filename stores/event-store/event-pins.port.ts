/** Where an event id lives: in `stream`, behind revision `after` (-1n: anywhere in it). */
export interface EventPin {
  readonly event_id: string;
  readonly stream: string;
  readonly after: bigint;
  /** Keyed hash of the body that was received first. */
  readonly body_hash?: string;
}

/**
 * Remembers for ever which stream an event id was meant for, so that a repeat that names another customer is still a duplicate.
 * Ordering: none between ids. Atomicity: each id by itself. Errors: those of the store behind it, and `pins_rebuilding` until all pins of
 * the log are known.
 */
export interface EventPins {
  /** The pins that stand, by event id; ids that were never pinned are absent. A pin may exist without its event (a crash between the two). */
  lookUp(eventIds: readonly string[]): Promise<ReadonlyMap<string, EventPin>>;

  /**
   * Inserts each pin unless its id has one, durably; answers what stands now for each id: the very object that was given where this call
   * inserted it, another one where a pin stood before, so that its event may be on its way by somebody else. Of several for one id the first
   * counts. A store whose log refuses a known id by itself (`event_id_taken`) may answer the given pins without writing or looking: callers
   * look ids up first, and again when they are refused.
   */
  pin(pins: readonly EventPin[]): Promise<ReadonlyMap<string, EventPin>>;
}
