/**
 * Which children work for which attempt, by its tag. A step may fail while another call it made is still being stopped,
 * or while a session is open: an attempt is over only when this list is empty. It also keeps the attempt's peak memory.
 */

interface AttemptChildren {
  readonly running: Set<Promise<unknown>>;
  peakMemoryBytes: number | null;
}

const byTag = new Map<string, AttemptChildren>();

/** Notes a call that has children, or a session's end, until it settles; returns `call`. */
export function trackChild<T>(tag: string, call: Promise<T>): Promise<T> {
  const { running } = entryOf(tag);
  running.add(call);
  const done = () => running.delete(call);
  call.then(done, done);
  return call;
}

/** Notes how much memory a child of the attempt used at most, bytes. */
export function notePeakMemory(tag: string, bytes: number | null): void {
  const entry = entryOf(tag);
  if (bytes !== null) entry.peakMemoryBytes = Math.max(entry.peakMemoryBytes ?? 0, bytes);
}

/** Largest resident memory of any child of the attempt so far, bytes; null where it could not be read. */
export function peakMemoryOf(tag: string): number | null {
  return byTag.get(tag)?.peakMemoryBytes ?? null;
}

/** Resolves when no child of the attempt is left and no session open, and forgets the attempt. */
export async function settleChildren(tag: string): Promise<void> {
  for (let entry = byTag.get(tag); entry && entry.running.size > 0; ) {
    // One at a time: a call that ends may have begun another, such as the session it opened.
    await Promise.race(entry.running).catch(() => {});
  }
  byTag.delete(tag);
}

function entryOf(tag: string): AttemptChildren {
  const entry = byTag.get(tag) ?? { running: new Set(), peakMemoryBytes: null };
  byTag.set(tag, entry);
  return entry;
}
