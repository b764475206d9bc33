/** A few asynchronous things at once, in a bounded number. */

/**
 * Like `Promise.all(items.map(action))` with at most `limit` running. After the first failure nothing new is begun, and
 * it rejects with that failure once those under way have ended.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  action: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const rest = items.entries();
  let failed = false;
  const worker = async () => {
    for (const [index, item] of rest) {
      if (failed) return;
      results[index] = await action(item, index).catch((error) => {
        failed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  const failure = ends.find((end) => end.status === "rejected");
  if (failure) throw failure.reason;
  return results;
}
