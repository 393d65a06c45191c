import { EngineError } from '../../contracts/errors.js';
import type { Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { ConsentEntry } from '../../contracts/read-models/profile.js';
import type { Workspaces } from '../../contracts/read-models/workspaces.port.js';
import { topicOf } from '../../domain/consent/topics.js';
import type { CommandContext } from '../command-handler.js';
import { refusePersonal } from '../refuse-personal.js';
import { recordConsent, type ConsentDeps, type PersonalEvidence } from './record-consent.js';

/** What a person or a module says on a customer's behalf. */
export interface ConsentStatement {
  readonly channel: string;
  readonly purpose: string;
  readonly state: ConsentEntry['state'];
  readonly via: string;
  readonly method?: 'opt_in' | 'double_opt_in';
  readonly wordingVersion?: string;
  /** When the customer said it; absent: now. Any ISO-8601 form. */
  readonly saidAt?: string;
  readonly personal: PersonalEvidence;
}

/** What people and modules do about a customer's consent. */
export interface ConsentCommands {
  /**
   * Records what a customer said, also when it says nothing new: it is evidence. Durable when it resolves. Errors: `not_found`,
   * `invalid_input` for a topic that the workspace does not have, an instant in the future, and what would stand in the clear and looks personal.
   */
  record(customerId: string, statement: ConsentStatement, context: CommandContext): Promise<Position>;
}

export interface ConsentCommandDeps extends ConsentDeps {
  readonly workspaces: Pick<Workspaces, 'settingsOf'>;
  readonly newId: () => string;
}

/** How far a clock may run ahead. */
const AHEAD_MS = 600_000;

/** Commands on the consent of customers. */
export function createConsentCommands(deps: ConsentCommandDeps): ConsentCommands {
  async function check(statement: ConsentStatement, { workspace, at }: CommandContext): Promise<void> {
    refusePersonal(statement.via, '/via');
    refusePersonal(statement.wordingVersion, '/wording_version');
    if (statement.saidAt !== undefined && Date.parse(statement.saidAt) > Date.parse(at) + AHEAD_MS) {
      throw invalid('/at', `expected an instant that has been, found one behind ${at}`);
    }
    if (statement.state === 'withdrawn') return;
    const settings = await deps.workspaces.settingsOf(workspace);
    if (settings?.topics === undefined || topicOf(settings, statement.purpose) !== undefined) return;
    throw invalid('/purpose', 'expected the purpose of a topic of the workspace, found another');
  }

  return {
    async record(customerId, statement, context) {
      await check(statement, context);
      await mustExist(deps, context.workspace, customerId);
      const { workspace, actor, at } = context;
      const { saidAt, ...said } = statement;
      const position = await recordConsent(deps, {
        ...said,
        ...(saidAt === undefined ? {} : { saidAt: new Date(saidAt).toISOString() }),
        ...{ workspace, customerId, actor, at },
        id: deps.newId(),
        isAlready: () => false,
      });
      if (position === null) throw new EngineError('internal', 'Expected the statement to be stored; it was not.');
      return position;
    },
  };
}

/** Refuses (`not_found`) a customer nobody told of, and one who was erased. */
async function mustExist({ eventStore, profiles }: ConsentDeps, workspace: string, customerId: string): Promise<void> {
  if ((await profiles.get(workspace, customerId)) !== null) return;
  const stream = streamName('customer', workspace, customerId);
  let last: string | undefined;
  for await (const { type } of eventStore.readStream(stream, { direction: 'backwards' })) {
    last = type;
    if (type === 'customer.erased' || type === 'customer.reopened') break;
  }
  if (last !== undefined && last !== 'customer.erased') return;
  throw new EngineError('not_found', `Expected the id of a customer of this workspace, found ${customerId}, which is none.`);
}

function invalid(pointer: string, detail: string): EngineError {
  return new EngineError('invalid_input', `${pointer}: ${detail}`, { places: [{ pointer, detail }] });
}
