/**
 * Who needs an upload, or the files of a job: jobs that have them as inputs, and batches for the jobs they are still to make.
 * Their ids are kept in one row, so there is a limit to them.
 */
import { MAX_JOBS_PER_SOURCE } from "#contract/limits.ts";

export interface Held {
  readonly holders?: readonly string[];
  /** Of holders that are batches: for how many jobs. */
  readonly places?: Readonly<Record<string, number>>;
}

/**
 * Adds a holder; again is a no-op.
 * @param jobs how many jobs come with it: 1, the number of a batch's jobs that use it, or 0 for a job that was counted before
 *   (its batch was), which is never refused
 * @returns null when those are more than may be; twice the limit is never passed, because what was counted comes at most once
 */
export function addHolder<T extends Held>(source: T, holder: string, jobs: number): T | null {
  const { holders = [], places = {} } = source;
  if (holders.includes(holder)) return source;
  const taken = Object.values(places).reduce((sum, count) => sum + count, holders.length);
  if (jobs > 0 && taken + jobs > MAX_JOBS_PER_SOURCE) return null;
  const added = { ...source, holders: [...holders, holder] };
  return jobs > 1 ? { ...added, places: { ...places, [holder]: jobs - 1 } } : added;
}

/** Without that holder. */
export function removeHolder<T extends Held>(source: T, holder: string): T {
  const { holders = [], places } = source;
  const left = { ...source, holders: holders.filter((id) => id !== holder) };
  if (places?.[holder] === undefined) return left;
  return { ...left, places: Object.fromEntries(Object.entries(places).filter(([id]) => id !== holder)) };
}
