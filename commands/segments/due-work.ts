import { isEngineError } from '../../contracts/errors.js';
import { streamName } from '../../contracts/events/streams.js';
import type { Filter } from '../../contracts/filter.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { isoInstant } from '../../runtime/clock.js';
import type { ReactorTools, Subject } from '../../runtime/reactor.js';
import { pause } from '../../runtime/retry.js';
import type { ChunksInFlight } from './chunks-in-flight.js';
import { decideMembership } from './decide-membership.js';
import { type MembershipState, withChanges } from './membership-state.js';
import { programsOf, type SegmentProgram } from './segment-programs.js';
import type { SharedSegments } from './shared-segments.js';
import { type Transition, transitionEvent } from './transition-events.js';

/** The tools of the reactor of membership. */
export type MembershipTools = ReactorTools<ProfileDocument, MembershipState, SharedSegments>;

type MembershipSubject = Subject<ProfileDocument, MembershipState>;

export interface DueWorkOptions {
  readonly flight: ChunksInFlight;
  readonly zoneOf: (shared: SharedSegments, workspace: string) => string;
}

interface Slice {
  /** Where the last transition of the slice stands, -1n when there was none. */
  readonly transitions: bigint;
  readonly next: 'now' | 'idle' | number;
}

interface DueChange {
  readonly subject: MembershipSubject;
  readonly state: MembershipState;
  readonly transitions: readonly Transition[];
}

/** Customers looked at in one slice: live events wait for it, and for the transitions that it stores to be folded. */
const AT_ONCE = 500;
const WAIT_FOR_FOLDING_MS = 1;
/** How long customers who wait for a person are left alone. */
const BLOCKED_REST_MS = 5_000;

/** What falls due as time goes by. */
export interface DueWork {
  /** Decides about customers whose instant has come, at that instant; answers when there is more to do. */
  workOff(tools: MembershipTools): Promise<'now' | 'idle' | number>;
}

/** A slice at a time, each after the transitions of the one before are folded: at a midnight at which many leave, live events stand between them. */
export function createDueWork(options: DueWorkOptions): DueWork {
  let stored = -1n;
  return {
    async workOff(tools) {
      if (stored <= tools.position) {
        const { transitions, next } = await workOffSlice(tools, options);
        if (transitions > stored) stored = transitions;
        return next;
      }
      await pause(WAIT_FOR_FOLDING_MS);
      return 'now';
    },
  };
}

async function workOffSlice(tools: MembershipTools, options: DueWorkOptions): Promise<Slice> {
  const found = await dueSubjects(tools);
  const changes = found.subjects.map((subject) => decideDue(subject, tools, options));
  const transitions = await record(tools, changes);
  return { transitions, next: await whatIsNext(tools, found) };
}

async function whatIsNext(
  tools: MembershipTools,
  found: { readonly isMore: boolean; readonly blocked: number },
): Promise<Slice['next']> {
  if (found.isMore) return 'now';
  const next = await nextInstant(tools);
  if (found.blocked === 0) return next;
  return next === 'idle' ? tools.now + BLOCKED_REST_MS : Math.min(next, tools.now + BLOCKED_REST_MS);
}

async function dueSubjects(tools: MembershipTools) {
  const filter: Filter = { kind: 'range', path: ['due'], lte: tools.now };
  const subjects: MembershipSubject[] = [];
  let blocked = 0;
  let cursor: string | null = null;
  do {
    const page = await tools.findStates({
      filter,
      sort: { path: ['due'], direction: 'asc' },
      limit: AT_ONCE,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const subject of (await tools.load(page.entries.map(({ key }) => key))).values()) {
      if (subject.blocked) blocked += 1;
      else subjects.push(subject);
    }
    cursor = page.nextCursor;
    // A page of customers who cannot go on must not hold up those behind it.
  } while (cursor !== null && subjects.length === 0);
  return { subjects, blocked, isMore: cursor !== null };
}

async function nextInstant(tools: MembershipTools): Promise<'idle' | number> {
  const filter: Filter = { kind: 'range', path: ['due'], gt: tools.now };
  const page = await tools.findStates({ filter, sort: { path: ['due'], direction: 'asc' }, limit: 1 });
  return page.entries[0]?.body.due ?? 'idle';
}

/** Goes through the instants that have come, one after the other: each decision is made as at its instant. */
function decideDue(subject: MembershipSubject, tools: MembershipTools, { flight, zoneOf }: DueWorkOptions): DueChange {
  const { key, document: profile } = subject;
  const slash = key.indexOf('/');
  const [workspace, id] = [key.slice(0, slash), key.slice(slash + 1)];
  const programs = programsOf(tools.shared, workspace);
  const zone = zoneOf(tools.shared, workspace);
  const transitions: Transition[] = [];
  const moved = new Map<string, boolean>();
  let { state } = subject;
  while (state.due !== undefined && state.due <= tools.now) {
    const due = state.due;
    const at = isoInstant(due) > state.at ? isoInstant(due) : state.at;
    const come = Object.keys(state.dues).filter((segmentId) => (state.dues[segmentId] ?? Infinity) <= due);
    const { moves, dues } = decideMembership(profile === null ? [] : inForce(come, programs.all), {
      // Nobody is asked about a customer without a profile.
      profile: profile as ProfileDocument,
      isMember: (segmentId) =>
        moved.get(segmentId) ?? flight.isMember(segmentId, { workspace, id, state: subject.state, profile }),
      time: { instant: Date.parse(at), zone },
    });
    for (const { segment, in: isIn } of moves) {
      moved.set(segment.id, isIn);
      transitions.push({
        workspace,
        customerId: id,
        segmentId: segment.id,
        revision: segment.revision,
        in: isIn,
        at,
        cause: due,
      });
    }
    const nextDues = new Map(come.map((segmentId) => [segmentId, dues.get(segmentId) ?? null]));
    state = withChanges(state, { at, dues: nextDues });
  }
  return { subject, state, transitions };
}

function inForce(ids: readonly string[], all: ReadonlyMap<string, SegmentProgram>): readonly SegmentProgram[] {
  return ids.flatMap((id) => all.get(id) ?? []);
}

/** Transitions first, then what is remembered of them: what a crash cuts off is decided and found again. Answers where the last one stands. */
async function record(tools: MembershipTools, changes: readonly DueChange[]): Promise<bigint> {
  let last = -1n;
  const states = await Promise.all(
    changes.map(async ({ subject, state, transitions }) => {
      if (transitions.length === 0) return { subject, state };
      const stored = await storedAt(tools, subject, transitions);
      if (stored > last) last = stored;
      const said = new Map(transitions.map(({ segmentId, in: isIn }) => [segmentId, { in: isIn, stored: stored.toString() }]));
      return { subject, state: withChanges(state, { at: state.at, said }) };
    }),
  );
  await tools.save(states);
  return last;
}

async function storedAt(tools: MembershipTools, subject: MembershipSubject, transitions: readonly Transition[]): Promise<bigint> {
  const [{ workspace, customerId } = { workspace: '', customerId: '' }] = transitions;
  const stream = streamName('customer', workspace, customerId);
  const after = subject.document === null ? -1n : BigInt(subject.document.revision);
  try {
    const stored = await tools.append(stream, after, transitions.map(transitionEvent));
    return stored.at(-1)?.position ?? tools.position;
  } catch (error) {
    // Appended before, and folded already, when what is remembered could not be written.
    if (isEngineError(error, 'event_id_taken')) return tools.position;
    throw error;
  }
}
