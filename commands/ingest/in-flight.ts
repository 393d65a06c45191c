/** The event ids that requests of this process are deciding right now. */
export interface InFlight {
  /**
   * Takes the ids that nobody holds, waits until the others are decided, then does the work. Everyone waits for those who came before only,
   * so nobody waits for ever.
   */
  during<T>(ids: readonly string[], work: () => Promise<T>): Promise<T>;
}

/** Lets a message that arrives several times at once be decided once: the others then find it stored. */
export function createInFlight(): InFlight {
  const holders = new Map<string, Promise<void>>();
  return {
    async during(ids, work) {
      const earlier = new Set(ids.flatMap((id) => holders.get(id) ?? []));
      let release = (): void => undefined;
      const decided = new Promise<void>((resolve) => {
        release = resolve;
      });
      // Those who come later wait for this request, whether or not somebody before holds the id too.
      for (const id of ids) holders.set(id, decided);
      try {
        await Promise.all(earlier);
        return await work();
      } finally {
        for (const id of ids) if (holders.get(id) === decided) holders.delete(id);
        release();
      }
    },
  };
}
