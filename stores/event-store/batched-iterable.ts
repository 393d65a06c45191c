/** Gives items batch by batch; null ends the iteration. */
export interface BatchSource<Item> {
  next(): Promise<readonly Item[] | null>;
  /** Called once, when the iteration ends in whichever way. */
  close(): void;
}

/**
 * An iterable over batches: within a batch an item costs one resolved promise, no generator. Each iteration opens a source of its own;
 * `ended` is asked before each item, so that an aborted iteration stops at once.
 */
export function batchedIterable<Item>(open: () => BatchSource<Item>, ended: () => boolean = () => false): AsyncIterable<Item> {
  return { [Symbol.asyncIterator]: () => iterate(open(), ended) };
}

function iterate<Item>(source: BatchSource<Item>, ended: () => boolean): AsyncIterator<Item, undefined> {
  let batch: readonly Item[] = [];
  let at = 0;
  let over = false;
  let loading: Promise<unknown> | undefined;

  function finish(): IteratorResult<Item, undefined> {
    if (!over) source.close();
    over = true;
    batch = [];
    return { done: true, value: undefined };
  }

  async function load(): Promise<IteratorResult<Item, undefined>> {
    try {
      for (;;) {
        const loaded = await source.next();
        if (loaded === null || over || ended()) return finish();
        if (loaded.length === 0) continue;
        batch = loaded;
        at = 1;
        // Not empty, as was just seen; the item itself may be anything.
        return { done: false, value: loaded[0] as Item };
      }
    } catch (error) {
      finish();
      throw error;
    } finally {
      loading = undefined;
    }
  }

  function next(): Promise<IteratorResult<Item, undefined>> {
    if (loading !== undefined) return loading.then(next, next);
    if (over || ended()) return Promise.resolve(finish());
    if (at < batch.length) {
      const value = batch[at] as Item;
      at += 1;
      return Promise.resolve({ done: false, value });
    }
    const loaded = load();
    loading = loaded;
    return loaded;
  }

  return { next, return: () => Promise.resolve(finish()) };
}
