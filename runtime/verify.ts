import { startBuild, cancelled, type Build } from './build.js';
import { compareAll, compareKeys, type Compared, type Difference } from './compare-documents.js';
import { createJobFeed } from './job-feed.js';
import { processorName } from './processor/processor-options.js';
import type { Slot } from './slot.js';
import type { DocumentStore } from '../stores/document-store/document-store.port.js';

/** How far a verification has come. */
export interface VerifyProgress {
  readonly state: 'building' | 'comparing' | 'done';
  readonly done: number;
  readonly total: number;
  readonly documents: number;
}

/** What a verification found. */
export interface VerifyResult {
  readonly equal: boolean;
  /** Both sides include the log up to here. */
  readonly position: bigint;
  readonly documents: number;
  /** The first ten keys that differ, in order. */
  readonly differing: readonly Difference[];
}

/** A verification on its way. */
export interface VerifyJob {
  progress(): AsyncIterable<VerifyProgress>;
  /** Rejects with `cancelled` when it was called off. */
  readonly done: Promise<VerifyResult>;
  cancel(): void;
}

const DIFFERENCES_NAMED = 10;

/**
 * Folds the log anew into a shadow and compares it with what serves, at one position of both. The serving processor stands still only at
 * the end, while what changed during the comparison is compared again.
 */
export function startVerify(slot: Slot, documentStore: DocumentStore): VerifyJob {
  const ending = new AbortController();
  const feed = createJobFeed<VerifyProgress>({ state: 'building', done: 0, total: 0, documents: 0 });

  async function run(): Promise<VerifyResult> {
    const generation = await slot.reserve((entry) => entry);
    const basis = slot.catalogue()?.basis ?? {};
    const build = await startBuild(slot, { generation, basis }, ending.signal);
    let documents = 0;
    const report = (state: VerifyProgress['state']): void => {
      const [done, total] = [Number(build.progress.position()) + 1, Number(slot.progress.position()) + 1];
      feed.push({ state, done, total, documents });
    };
    let unlisten: () => void = () => undefined;
    const unreport = build.progress.onAdvance(() => report('building'));
    try {
      await build.close();
      unreport();
      const name = slot.entry.projection.name;
      const serving = processorName(name, slot.catalogue()?.generation ?? generation);
      const compared: Compared = { documentStore, serving, shadow: build.processor.name };
      const frozen = await freeze(slot, build);
      unlisten = frozen.unlisten;
      const { suspects } = frozen;
      try {
        for await (const { documents: more, difference } of compareAll(compared)) {
          if (ending.signal.aborted) throw cancelled(`the verification of ${name}`);
          documents += more;
          if (difference !== undefined) suspects.add(difference.key);
          if (documents % 1_000 === 0) report('comparing');
        }
      } finally {
        frozen.thaw();
      }
      return await build.together(async () => {
        const differing = await compareKeys(compared, [...suspects].sort(), DIFFERENCES_NAMED);
        report('done');
        return { equal: differing.length === 0, position: slot.progress.position(), documents, differing };
      });
    } finally {
      unreport();
      unlisten();
      await build.stop();
      await slot.drop(generation);
      feed.end();
    }
  }

  const done = run();
  done.catch(() => undefined);
  return { progress: () => feed.reports(), done, cancel: () => ending.abort() };
}

interface Frozen {
  /** Keys to compare again: those the serving side writes from here on, and those found to differ. */
  readonly suspects: Set<string>;
  thaw(): void;
  readonly unlisten: () => void;
}

/** Stops the shadow where the serving one is at the moment, and notes every key that the serving one writes from there on. */
function freeze(slot: Slot, build: Build): Promise<Frozen> {
  return build.together(async () => {
    const suspects = new Set<string>();
    const unlisten = slot.live()?.onKeys((keys) => {
      for (const key of keys) suspects.add(key);
    });
    const thaw = await build.processor.hold();
    return { suspects, thaw, unlisten: unlisten ?? (() => undefined) };
  });
}
