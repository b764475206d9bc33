/** How the jobs of a batch hang together: which job is an input of which, whether that can be, and what is made first. */
import type { BatchInput } from "#contract/batch.ts";
import type { FieldError } from "#contract/problem.ts";
import { whyNotChainable } from "./dependencies.ts";

/** What of a job matters here. */
export interface PlannedJob {
  readonly key?: string | undefined;
  readonly type: string;
  readonly inputs: readonly BatchInput[];
}

/**
 * Checks keys and what they name. Errors carry the path of the wrong field, e.g. `jobs.3.inputs.0.key`.
 * @returns for each job its level: 0 when it needs no other job of the batch, else one more than the highest it needs
 */
export function planBatch(
  jobs: readonly PlannedJob[],
): { ok: true; levels: readonly number[] } | { ok: false; errors: FieldError[] } {
  const { byKey, errors } = indexKeys(jobs);
  const needs = jobs.map(({ type, inputs }, n) =>
    inputs.flatMap((input, i) => {
      if (!("key" in input)) return [];
      const path = `jobs.${n}.inputs.${i}`;
      const needed = byKey.get(input.key);
      const wrong =
        needed === undefined ? "is not the key of a job of this batch" : needed === n ? "is the job itself" : null;
      if (wrong !== null || needed === undefined) {
        errors.push({ path: `${path}.key`, message: wrong ?? "" });
        return [];
      }
      const from = jobs[needed] as PlannedJob;
      const unfit = whyNotChainable(from.type, type, input.artifact ?? null, input.role ?? null);
      if (unfit !== null)
        errors.push({ path: `${path}.${input.artifact === undefined ? "key" : "artifact"}`, message: unfit });
      return [{ needed, path: `${path}.key` }];
    }),
  );
  if (errors.length > 0) return { ok: false, errors };
  const levels = levelsOf(needs.map((list) => list.map(({ needed }) => needed)));
  const inCircle = levels.indexOf(null);
  if (inCircle === -1) return { ok: true, levels: levels as number[] };
  const first = needs[inCircle]?.find(({ needed }) => levels[needed] === null);
  return { ok: false, errors: [{ path: first?.path ?? "jobs", message: "needs, through others, the job itself" }] };
}

function indexKeys(jobs: readonly PlannedJob[]): { byKey: ReadonlyMap<string, number>; errors: FieldError[] } {
  const byKey = new Map<string, number>();
  const errors: FieldError[] = [];
  jobs.forEach(({ key }, n) => {
    if (key === undefined) return;
    if (byKey.has(key)) errors.push({ path: `jobs.${n}.key`, message: "is given twice" });
    else byKey.set(key, n);
  });
  return { byKey, errors };
}

/** Levels by repeatedly taking the jobs whose needs are all placed (Kahn 1962); null for what is in a circle, or behind one. */
function levelsOf(needs: readonly (readonly number[])[]): (number | null)[] {
  const levels: (number | null)[] = needs.map(() => null);
  const open = needs.map((list) => new Set(list).size);
  const neededBy = needs.map((): number[] => []);
  needs.forEach((list, n) => {
    for (const needed of new Set(list)) neededBy[needed]?.push(n);
  });
  let ready = open.flatMap((count, n) => (count === 0 ? [n] : []));
  for (let level = 0; ready.length > 0; level++) {
    const next: number[] = [];
    for (const n of ready) {
      levels[n] = level;
      for (const waiting of neededBy[n] ?? []) {
        open[waiting] = (open[waiting] ?? 0) - 1;
        if (open[waiting] === 0) next.push(waiting);
      }
    }
    ready = next;
  }
  return levels;
}
