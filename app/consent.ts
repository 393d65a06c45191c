import { createConsentCommands, type ConsentCommands } from '../commands/consent/consent.commands.js';
import type { ConsentLedger } from '../contracts/read-models/consent-ledger.port.js';
import type { ConsentStanding } from '../contracts/read-models/consent-standing.port.js';
import { createConsentLedger } from '../projections/consent/consent-ledger.queries.js';
import { createConsentStanding } from '../projections/consent/consent-standing.queries.js';
import type { Decoder } from '../runtime/decode.js';
import type { DirectValues } from '../runtime/direct-values.js';
import type { ReadModels } from './read-models.js';
import type { Stores } from './stores.js';

export interface ConsentOptions {
  readonly stores: Pick<Stores, 'eventStore' | 'vault'>;
  readonly models: ReadModels;
  readonly decoder: Decoder;
  readonly direct: DirectValues;
  /** Everyone who is the same person, the customer included. */
  readonly clusterOf: (workspace: string, customerId: string) => Promise<readonly string[]>;
  readonly newId: () => string;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** What customers allow: what is done about it, and what shows it. */
export interface ComposedConsent {
  readonly commands: ConsentCommands;
  readonly ledger: ConsentLedger;
  readonly standing: ConsentStanding;
}

/** Puts it together. */
export function composeConsent(options: ConsentOptions): ComposedConsent {
  const deps = { ...options, ...options.stores, ...options.models };
  return {
    commands: createConsentCommands(deps),
    ledger: createConsentLedger(deps),
    standing: createConsentStanding(deps),
  };
}
