import type { JsonObject } from '../../contracts/json.js';
import type { Reactor, ReactorState } from '../reactor.js';

/** A reactor of any document, state and shared value. */
export type AnyReactor = Reactor<JsonObject, ReactorState, JsonObject>;
