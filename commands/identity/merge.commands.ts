import { EngineError } from '../../contracts/errors.js';
import type { NewEvent, Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import type { People } from '../../contracts/read-models/people.port.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { engineId } from '../../domain/ids.js';
import { planMerge, planUnmerge, type PlannedLink } from '../../domain/identity/merge-plan.js';
import { linkBetween, MOST_MERGED } from '../../domain/identity/person.js';
import type { CommandContext } from '../command-handler.js';
import { type SealingDeps, withSealed } from '../campaigns/sealed-reason.js';
import { engineEvent } from '../engine-event.js';
import { createMergePreviews, type MergePreview, type MergePreviewDeps } from './merge-preview.js';

export interface MergeDeps extends SealingDeps, MergePreviewDeps {
  readonly people: People;
  /** Resolves when the profiles include the position. */
  readonly waitForProfiles: (position: Position) => Promise<void>;
}

/** Two customers, and why they are to be one person or two. */
export interface MergeAsked {
  readonly customerId: string;
  readonly with: string;
  readonly reason: string;
}

/** `position` is that of the last event; `events` is 0 when it was so already. */
export interface MergeResult {
  readonly position: Position;
  readonly events: number;
}

/**
 * Says by hand who is one person. Nothing is copied or moved: a link is recorded, and ends again. Errors: `not_found` for an unknown customer,
 * `too_many_merged`, `not_merged` where two to be parted are not one person, `projection_behind`, those of the stores.
 */
export interface MergeCommands {
  merge(asked: MergeAsked, context: CommandContext): Promise<MergeResult>;
  unmerge(asked: MergeAsked, context: CommandContext): Promise<MergeResult>;
  /** What would be different; nothing is recorded. */
  previewMerge(asked: MergeAsked, context: CommandContext): Promise<MergePreview>;
  previewUnmerge(asked: MergeAsked, context: CommandContext): Promise<MergePreview>;
}

/** Commands that decide on profiles which include everything that is in the log when they are called. */
export function createMergeCommands(deps: MergeDeps): MergeCommands {
  const previews = createMergePreviews(deps);

  async function load(asked: MergeAsked, workspace: string): Promise<ReadonlyMap<string, ProfileDocument>> {
    await deps.waitForProfiles(await deps.eventStore.head());
    const found = await deps.people.profilesOf(workspace, [asked.customerId, asked.with]);
    for (const [id, place] of [
      [asked.customerId, ''],
      [asked.with, '/with: '],
    ] as const) {
      if (found.has(id)) continue;
      throw new EngineError('not_found', `${place}Expected the id of a customer of this workspace, found ${id}, which is none.`);
    }
    return new Map([...found.values()].flat().map((profile) => [profile.customer_id, profile]));
  }

  function linksToEnd(known: ReadonlyMap<string, ProfileDocument>, asked: MergeAsked): readonly PlannedLink[] {
    const links = planUnmerge(known, asked.customerId, asked.with);
    if (links.length > 0) return links;
    throw new EngineError(
      'not_merged',
      `Expected two ids of one person, found ${asked.customerId} and ${asked.with}, who are two.`,
    );
  }

  function linkToBegin(known: ReadonlyMap<string, ProfileDocument>, asked: MergeAsked): PlannedLink | null {
    if (asked.customerId === asked.with) {
      const detail = 'expected another customer than the one in the path';
      throw new EngineError('invalid_input', `/with: ${detail}`, { places: [{ pointer: '/with', detail }] });
    }
    const plan = planMerge(known, asked.customerId, asked.with);
    if (plan.kind === 'too_many') {
      const found = `Expected at most ${String(MOST_MERGED)} customers to be one person, found ${String(plan.members)}.`;
      throw new EngineError('too_many_merged', found);
    }
    return plan.kind === 'already' ? null : plan.link;
  }

  async function record(
    link: PlannedLink,
    type: 'customer.merged' | 'customer.unmerged',
    { known, asked, context }: Recording,
  ): Promise<Position> {
    const { workspace, actor, at } = context;
    const revision = known.get(link.one)?.revision ?? '-1';
    // Of two who say it at one time on the same state both say the same thing once.
    const id = engineId(type, workspace, link.one, link.other, 'manual', revision, known.get(link.other)?.revision ?? '-1');
    const identifiers = Object.keys(linkBetween(known, link.one, link.other) ?? {}).flatMap((cause) => cause.split(':')[1] ?? []);
    const ended: JsonObject = type === 'customer.merged' || identifiers.length === 0 ? {} : { identifiers };
    const data = { with: link.other, because: 'manual', ...ended };
    const stream = streamName('customer', workspace, link.one);
    const event: NewEvent = engineEvent({ id, type, data, workspace, actor, at });
    const sealed = (await withSealed(deps, stream, event, { direct: { reason: asked.reason } })) ?? event;
    const [stored] = await deps.eventStore.appendOnce(stream, BigInt(revision), [sealed]);
    return stored?.position ?? (await deps.eventStore.head());
  }

  return {
    async merge(asked, context) {
      const known = await load(asked, context.workspace);
      const link = linkToBegin(known, asked);
      if (link === null) return { position: await deps.eventStore.head(), events: 0 };
      return { position: await record(link, 'customer.merged', { known, asked, context }), events: 1 };
    },
    async unmerge(asked, context) {
      const known = await load(asked, context.workspace);
      let last: Position = -1n;
      const links = linksToEnd(known, asked);
      for (const link of links) {
        const position = await record(link, 'customer.unmerged', { known, asked, context });
        if (position > last) last = position;
      }
      return { position: last, events: links.length };
    },
    async previewMerge(asked, context) {
      const known = await load(asked, context.workspace);
      const link = linkToBegin(known, asked);
      return previews.of(context.workspace, known, { begins: link === null ? [] : [link], ends: [] });
    },
    async previewUnmerge(asked, context) {
      const known = await load(asked, context.workspace);
      return previews.of(context.workspace, known, { begins: [], ends: linksToEnd(known, asked) });
    },
  };
}

interface Recording {
  readonly known: ReadonlyMap<string, ProfileDocument>;
  readonly asked: MergeAsked;
  readonly context: CommandContext;
}
