/** Which artifact of a job shows one of its inputs, for a visit that does not have the file itself. Pure. */
import type { Job } from "#contract/job.ts";
import { numberedName } from "#contract/job-types/job-type.ts";

/** Name of a picture of input number `index` (from 0, of those worked on), or null when there is none any more. */
export function inputPicture(job: Pick<Job, "manifest" | "purgedAt" | "inputs">, index: number): string | null {
  if (!job.manifest || job.purgedAt !== null) return null;
  const names = new Set(job.manifest.artifacts.map(({ name }) => name));
  const several = job.inputs.filter(({ role }) => role === null).length > 1;
  const numbered = numberedName("before-{n}.webp", index + 1);
  // A result stands in where the input itself was not kept: better than nothing to know it by.
  const wanted = several ? [numbered] : ["before.webp", numbered, "preview.webp"];
  return wanted.find((name) => names.has(name)) ?? null;
}
