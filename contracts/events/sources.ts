/** The `source` of events that the engine itself decides; no credential can have it. */
export const ENGINE_SOURCE = 'cebe';
