import { EngineError, isEngineError } from '../../contracts/errors.js';
import type { Position, RecordedEvent } from '../../contracts/events/event.js';
import { parseStreamName, streamName } from '../../contracts/events/streams.js';
import { engineId } from '../../domain/ids.js';
import { openPart, sealBody } from '../../stores/vault/sealing.js';
import type { CommandContext } from '../command-handler.js';
import { engineEvent } from '../engine-event.js';
import { refusePersonal } from '../refuse-personal.js';
import { carryOut } from './carry-out.js';
import { certificateOf, type CertifiedErasure } from './certificate.js';
import { declineRequest } from './decline-request.js';
import type { ErasureDeps } from './erasure-deps.js';
import { traceCustomer, type PersonTrace } from './person-trace.js';
import { reopenCustomer } from './reopen-customer.js';

/** What a privacy officer does with a person's data. Reasons are free text that does not name the person. */
export interface ErasureCommands {
  /**
   * Erases everyone who is the same person; resolves when all of it is done, which is promised also when the process ends before. Doing it
   * again answers the same certificate. Errors: `not_found`, `invalid_input` for a reason that names the person; `projection_behind` and those
   * of the stores when it takes longer: it goes on by itself, and asking again is safe.
   */
  erase(customerId: string, reason: string, context: CommandContext): Promise<CertifiedErasure>;
  /** Decides that the open requests of a customer are not carried out. Errors: `not_found` where none is open, `invalid_input` as above. */
  decline(customerId: string, reason: string, context: CommandContext): Promise<Position>;
  /** Lets an erased customer come back, under a new key and without what was before. Errors: `not_found` for one who is not erased, `erasure_running`. */
  reopen(customerId: string, reason: string, context: CommandContext): Promise<Position>;
  /** What is recorded of an erasure, with the reason as it was given; null when there is none. */
  show(workspace: string, erasureId: string): Promise<ShownErasure | null>;
  /** Does what is left of a started erasure. */
  resume(workspace: string, erasureId: string): Promise<void>;
}

export interface ShownErasure {
  readonly certified: CertifiedErasure | null;
  readonly reason?: string;
}

/** Erasures as streams `erasure-<workspace>.<id>`; one is carried out once at a time in a process. */
export function createErasureCommands(deps: ErasureDeps): ErasureCommands {
  const underWay = new Map<string, Promise<void>>();

  function resume(workspace: string, erasureId: string): Promise<void> {
    const name = `${workspace}/${erasureId}`;
    const known = underWay.get(name);
    if (known !== undefined) return known;
    const work = carryOut(deps, { workspace, erasureId }).finally(() => underWay.delete(name));
    underWay.set(name, work);
    return work;
  }

  async function eventsOf(workspace: string, erasureId: string): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for await (const event of deps.eventStore.readStream(streamName('erasure', workspace, erasureId))) events.push(event);
    return events;
  }

  async function start(trace: PersonTrace, reason: string, context: CommandContext): Promise<string> {
    const { workspace, actor, at } = context;
    const customers = [...new Set([trace.customerId, ...(await deps.clusterOf(workspace, trace.customerId))])].sort();
    const traces = await Promise.all(customers.map((id) => traceCustomer(deps, workspace, id)));
    for (const one of traces) refuseNaming(reason, one);
    const erasureId = engineId('erasure', workspace, trace.customerId, String(trace.reopened));
    const eventId = engineId('erasure.started', workspace, erasureId);
    const subject = `erasure/${erasureId}`;
    const key = (await deps.vault.ensureKeys(workspace, [subject])).get(subject);
    const fields = { plain: { customers, cause: 'requested' }, hashes: {}, direct: { reason }, quasi: {} };
    const data = sealBody(fields, { workspace, subject, eventId, key, randomBytes: deps.randomBytes });
    const event = engineEvent({ id: eventId, type: 'erasure.started', data, workspace, actor, at });
    try {
      await deps.eventStore.append(streamName('erasure', workspace, erasureId), 'no_stream', [event]);
    } catch (error) {
      // Started before: what was asked first stands.
      if (!isEngineError(error, 'wrong_expected_revision')) throw error;
    }
    return erasureId;
  }

  return {
    async erase(customerId, reason, context) {
      const { workspace } = context;
      refusePersonal(reason, '/reason');
      const trace = await traceCustomer(deps, workspace, customerId);
      if (trace.head === -1n) throw unknown(customerId);
      const standing = trace.erased?.data.plain['erasure'];
      const erasureId = typeof standing === 'string' ? standing : await start(trace, reason, context);
      await resume(workspace, erasureId);
      const certified = certificateOf(workspace, erasureId, await eventsOf(workspace, erasureId));
      if (certified === null) throw new EngineError('internal', `expected erasure ${erasureId} to be completed, found it is not`);
      return certified;
    },
    async decline(customerId, reason, context) {
      refusePersonal(reason, '/reason');
      const trace = await traceCustomer(deps, context.workspace, customerId);
      refuseNaming(reason, trace);
      return declineRequest(deps, trace, { ...context, reason });
    },
    async reopen(customerId, reason, context) {
      refusePersonal(reason, '/reason');
      const trace = await traceCustomer(deps, context.workspace, customerId);
      const erasureId = trace.erased?.data.plain['erasure'];
      if (
        typeof erasureId === 'string' &&
        certificateOf(context.workspace, erasureId, await eventsOf(context.workspace, erasureId)) === null
      ) {
        throw new EngineError('erasure_running', `expected the erasure of ${customerId} to be completed, found it under way`);
      }
      return reopenCustomer(deps, trace, { ...context, reason });
    },
    async show(workspace, erasureId) {
      const events = await eventsOf(workspace, erasureId);
      const [started] = events;
      if (started === undefined) return null;
      return { certified: certificateOf(workspace, erasureId, events), ...(await reasonOf(deps, started)) };
    },
    resume,
  };
}

async function reasonOf({ vault }: ErasureDeps, started: RecordedEvent): Promise<{ readonly reason?: string }> {
  const stream = parseStreamName(started.stream);
  const [part] = started.data.sealed;
  const key = part && (await vault.openKeys([part.key_id])).get(part.key_id);
  if (part === undefined || stream === null || !(key instanceof Uint8Array)) return {};
  const { reason } = openPart(part, key, { workspace: stream.workspace, subject: `erasure/${stream.id}`, eventId: started.id });
  return typeof reason === 'string' ? { reason } : {};
}

const SHORTEST_NAME = 3;

/** The reason outlives the person's key: it must not say who it was. */
function refuseNaming(reason: string, { identifiers, texts }: PersonTrace): void {
  const lower = reason.toLowerCase();
  const names = [...identifiers, ...texts].filter(({ length }) => length >= SHORTEST_NAME);
  if (!names.some((name) => lower.includes(name.toLowerCase()))) return;
  const detail = 'expected a reason that does not name the person: it is kept when everything else is erased';
  throw new EngineError('invalid_input', `/reason: ${detail}`, { places: [{ pointer: '/reason', detail }] });
}

function unknown(customerId: string): EngineError {
  return new EngineError('not_found', `Expected the id of a customer of this workspace, found ${customerId}, which is none.`);
}
