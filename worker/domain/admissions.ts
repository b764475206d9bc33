/**
 * Jobs that were let in a moment ago. How many jobs of an owner are open is counted in the list, which follows the jobs a
 * moment later; calls that come at once would all find it empty. So each is noted here first, in the order in which they came,
 * and counts those before it that the list does not show yet.
 */

/**
 * What was let in: a job, or a batch and how many jobs it has; when, epoch ms; by which request, null = by several. Small and
 * ASCII only.
 */
export type Admission = readonly [id: string, jobs: number, at: number, by: string | null];

/** The list follows within a second, but for large batches: what is older is taken for shown. */
export const ADMISSION_MS = 60_000;
/** Admissions that are remembered; the oldest go first. */
export const MAX_ADMISSIONS = 200;

/** Notes one. The same id again keeps its place. `before`: those that came before it. `by`: the request. */
export function admit(
  admissions: readonly Admission[],
  { id, jobs, by }: { readonly id: string; readonly jobs: number; readonly by: string },
  now: number,
): { admissions: readonly Admission[]; before: readonly Admission[] } {
  const recent = admissions.filter(([, , at]) => now - at < ADMISSION_MS);
  const place = recent.findIndex(([known]) => known === id);
  const known = recent[place];
  if (known) {
    const joined: Admission = known[3] === by ? known : [id, jobs, known[2], null];
    return { admissions: recent.with(place, joined), before: recent.slice(0, place) };
  }
  const before = recent.slice(1 - MAX_ADMISSIONS);
  return { admissions: [...before, [id, jobs, now, by]], before };
}

/** Forgets one that was not let in after all, unless another request has come for it, which may be. */
export function dismiss(admissions: readonly Admission[], id: string, by: string): readonly Admission[] {
  return admissions.filter((known) => known[0] !== id || known[3] !== by);
}
