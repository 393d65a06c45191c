import { createTurns } from '../../turns.js';

/** Groups that are under way at once; what is asked meanwhile shares the next one. */
const AT_ONCE = 4;

/** Asks for many ids at once, so that calls which come together share one round trip. The answer may hold what others asked for too. */
export function createGroups<Answer>(
  ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, Answer>>,
): (ids: readonly string[]) => Promise<ReadonlyMap<string, Answer>> {
  const turns = createTurns(AT_ONCE);
  let gathering: { readonly ids: Set<string>; readonly answer: Promise<ReadonlyMap<string, Answer>> } | undefined;

  function gather(): NonNullable<typeof gathering> {
    const ids = new Set<string>();
    const answer = turns(async () => {
      // Calls of the same moment belong together, also when nothing is under way.
      await Promise.resolve();
      gathering = undefined;
      return ask([...ids]);
    });
    return { ids, answer };
  }

  return (ids) => {
    const group = (gathering ??= gather());
    for (const id of ids) group.ids.add(id);
    return group.answer;
  };
}
