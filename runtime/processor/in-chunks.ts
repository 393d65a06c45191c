/** Runs the tasks, at most `atOnce` of them together; rejects with the first failure after its chunk has settled. */
export async function inChunks(tasks: readonly (() => Promise<void>)[], atOnce: number): Promise<void> {
  for (let start = 0; start < tasks.length; start += atOnce) {
    const settled = await Promise.allSettled(tasks.slice(start, start + atOnce).map((task) => task()));
    const failed = settled.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
