/** Work on many things, a few at a time: a Worker has six connections, and what waits for one holds memory. */

/** How many are under way at once, unless the caller knows better. */
const AT_ONCE = 10;

/** The results of `work`, in the order of `items`. The first error ends it. */
export async function inBatches<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  atOnce = AT_ONCE,
): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(work))));
  }
  return results;
}
