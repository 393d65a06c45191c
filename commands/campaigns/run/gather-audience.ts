import type { PlainData } from '../../../contracts/events/event-contracts.js';
import type { MemberProfile } from '../../../contracts/read-models/members.port.js';
import type { SuppressionDocument } from '../../../contracts/read-models/suppressions.port.js';
import { createAudience, type AudienceMember } from '../../../domain/campaign/audience.js';
import { consentIn, mayBeWrittenTo, suppressedBy, type ConsentNeeded } from '../../../domain/campaign/consent.js';
import { pause } from '../../../runtime/retry.js';
import { memberPersons } from '../persons.js';
import { segmentNow } from '../segment-state.js';
import type { RunContext } from './run-context.js';
import type { RunStream } from './run-stream.js';

const PAGE = 2_500;
const EVALUATION_LOOK_MS = 100;

interface Page {
  readonly profiles: readonly MemberProfile[];
  /** Of their addresses. */
  readonly suppressed: Promise<ReadonlyMap<string, SuppressionDocument>>;
  readonly next: string | null;
}

/** Whether the gathering may go on; asked between pages. */
export type GoesOn = () => Promise<boolean>;

/**
 * Takes the snapshot of the segment, once its members have caught up with the launch, and seals it. Goes on behind the last chunk that
 * stands, whoever wrote it; `addresses` are those of the chunks so far. Ends early when it may not go on, or when another driver gathers too:
 * then it is to be called again.
 */
export async function gatherAudience(context: RunContext, addresses: Iterable<string>, goesOn: GoesOn): Promise<void> {
  const { deps, run } = context;
  await deps.members.waitFor(run.position());
  while (await isBeingEvaluated(context)) {
    if (!(await goesOn())) return;
    await pause(EVALUATION_LOOK_MS, context.signal);
  }
  const { chunks, through } = run.state();
  const audience = createAudience(chunks, addresses);
  let ahead = readPage(context, through);
  for (;;) {
    const page = await ahead;
    if (page.next !== null) ahead = readPage(context, page.next);
    const suppressed = await page.suppressed;
    for (const profile of page.profiles) {
      const chunk = audience.add(memberOf(profile, suppressed, context.consent));
      if (chunk !== null && !(await addChunk(run, chunk))) return;
    }
    if (page.next === null) break;
    if (!(await goesOn())) {
      // Whoever aborts does not wait for the page that is on its way.
      ahead.catch(() => undefined);
      return;
    }
  }
  const rest = audience.rest();
  if (rest !== null && !(await addChunk(run, rest))) return;
  await run.execute({ kind: 'seal' });
}

/** An archived segment keeps the members it had, whether or not an evaluation was on its way. */
async function isBeingEvaluated({ deps, workspace, campaign }: RunContext): Promise<boolean> {
  const now = await segmentNow(deps.eventStore, workspace, campaign.segment);
  return now.isBeingEvaluated && now.segment.status === 'live';
}

/** False when another driver's chunk stands in its place: what is gathered here does not go on behind that one. */
async function addChunk(run: RunStream, chunk: PlainData<'campaign_run.audience_chunk'>): Promise<boolean> {
  const before = run.state();
  await run.execute({ kind: 'add_chunk', chunk });
  const { chunks, count } = run.state();
  return chunks === chunk.chunk && count === before.count + chunk.recipients.length + chunk.suppressed.length;
}

async function readPage({ deps, workspace, campaign }: RunContext, afterId: string | undefined): Promise<Page> {
  const behind = afterId === undefined ? {} : { afterId };
  const { profiles, next } = await deps.members.walkProfiles(workspace, campaign.segment, { ...behind, limit: PAGE });
  const persons = await memberPersons(deps, workspace, profiles);
  const addresses = persons.flatMap(({ hashes }) => (hashes['email'] === undefined ? [] : [hashes['email']]));
  const suppressed = deps.suppressions.getMany(workspace, addresses);
  suppressed.catch(() => undefined); // awaited with the page
  return { profiles: persons, next, suppressed };
}

function memberOf(
  profile: MemberProfile,
  suppressed: ReadonlyMap<string, SuppressionDocument>,
  needed: ConsentNeeded,
): AudienceMember {
  const { customer_id: customer, hashes, direct, revision } = profile;
  const address_hash = hashes['email'];
  if (address_hash === undefined || direct['email'] === undefined) return { customer, reason: 'no_address' };
  if (!mayBeWrittenTo(consentIn(profile, needed), needed.rule)) return { customer, reason: 'unsubscribed' };
  const listed = suppressed.get(address_hash);
  if (listed !== undefined) return { customer, reason: suppressedBy(listed.reason) };
  return { customer, address_hash, revision };
}
