import { EngineError } from '../../contracts/errors.js';
import type { DeadLetter, DeadLetters } from '../../contracts/read-models/dead-letters.port.js';
import type { ProjectionDeadLetter, ProjectionDeadLetters } from '../../runtime/dead-letters.js';

/** Events that a projection could not fold: their keys stand still until a person retries or drops them. */
export function createProjectionDeadLetters(source: ProjectionDeadLetters): DeadLetters {
  const lettersOf = (workspace: string): readonly DeadLetter[] =>
    source
      .list({ workspace })
      .map(letterOf)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    async list(workspace, { after, limit, group }) {
      const all = lettersOf(workspace).filter((letter) => group === undefined || letter.group === group);
      const behind = after === undefined ? all : all.filter(({ id }) => id > `projection:${after}`);
      const letters = behind.slice(0, limit);
      const last = letters.at(-1);
      const next = last === undefined || behind.length === letters.length ? null : last.id.slice('projection:'.length);
      return { letters, next };
    },
    async get(workspace, reference) {
      return letterOf(ownLetter(source, workspace, reference));
    },
    async groups(workspace) {
      const groups = new Map<string, DeadLetter[]>();
      for (const letter of lettersOf(workspace)) groups.set(letter.group, [...(groups.get(letter.group) ?? []), letter]);
      return [...groups].flatMap(([group, [example, ...others]]) =>
        example === undefined ? [] : [{ kind: 'projection' as const, group, count: others.length + 1, example }],
      );
    },
    async retry(workspace, reference) {
      ownLetter(source, workspace, reference);
      const outcome = await source.retry(reference);
      return { id: `projection:${reference}`, outcome: outcome === 'unblocked' ? 'resolved' : 'still_waiting' };
    },
    async drop(workspace, reference, { actor }) {
      ownLetter(source, workspace, reference);
      await source.drop(reference, actor);
    },
  };
}

/** Another workspace's letter is as unknown as one that does not exist. */
function ownLetter(source: ProjectionDeadLetters, workspace: string, reference: string): ProjectionDeadLetter {
  const letter = source.get(reference);
  if (letter.workspace === workspace) return letter;
  throw new EngineError('not_found', 'Expected the id of a dead letter that waits; found none with this id.');
}

function letterOf(letter: ProjectionDeadLetter): DeadLetter {
  const { id, projection, key, event, reason, since, tries, skipped } = letter;
  return {
    id: `projection:${id}`,
    kind: 'projection',
    group: [projection, reason.code, event.type].join(' '),
    code: reason.code,
    detail: reason.message,
    reference: {
      projection,
      key,
      event_id: event.id,
      event_type: event.type,
      stream: event.stream,
      revision: event.revision,
      tries,
      skipped,
    },
    since,
  };
}
