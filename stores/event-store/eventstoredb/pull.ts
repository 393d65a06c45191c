/** What is needed of the client's readables. */
export interface Source {
  on(event: 'readable' | 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  read(): unknown;
}

/** What a stream of the client has buffered, taken batch by batch. */
export interface Pull<Item> {
  /** What is there, waiting for something if nothing is; null at the end, or after `wake` when nothing was there. */
  next(): Promise<readonly Item[] | null>;
  wake(): void;
}

/** How much of what has arrived is handed over at once. */
const BATCH = 512;

/** Pulls from a readable; what was buffered before an error comes before the error. */
export function pullFrom<Item>(source: Source): Pull<Item> {
  let failure: unknown;
  let over = false;
  let wake: () => void = () => undefined;

  source.on('readable', () => {
    wake();
  });
  // Stays for ever: an error after the last reading would otherwise end the process.
  source.on('error', (error) => {
    failure ??= error;
    wake();
  });
  for (const event of ['end', 'close'] as const) {
    source.on(event, () => {
      over = true;
      wake();
    });
  }

  function buffered(): Item[] {
    const batch: Item[] = [];
    while (batch.length < BATCH) {
      // The readable is in object mode: what it gives are items.
      const item = source.read() as Item | null;
      if (item === null) break;
      batch.push(item);
    }
    return batch;
  }

  let woken = false;
  return {
    async next() {
      for (;;) {
        const batch = buffered();
        if (batch.length > 0) return batch;
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- handed on as the client gave it; it is translated above
        if (failure !== undefined) throw failure;
        if (over || woken) return null;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    wake() {
      woken = true;
      wake();
    },
  };
}
