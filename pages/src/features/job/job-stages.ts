/** The stages that a job goes through: of all of its type's, those that its parameters ask for. Pure. */
import type { Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";

type Stages = JobTypeInfo["stages"];

/** The last stage of a job that ends early, by its parameter `until`. */
const LAST_STAGES: Readonly<Record<string, string>> = { check: "check", cameras: "align" };

/** In order. A type that is not known here has all of its stages. */
export function stagesOf(
  type: Pick<JobTypeInfo, "name" | "stages"> | undefined,
  job: Pick<Job, "params" | "inputs">,
): Stages {
  if (!type) return [];
  if (type.name !== "photogrammetry") return type.stages;
  const { until, mask } = job.params;
  const last = LAST_STAGES[String(until)];
  const masked = mask === "subject" || job.inputs.some(({ role }) => role === "masks");
  const end = last === undefined ? -1 : type.stages.findIndex(({ name }) => name === last);
  return (end === -1 ? type.stages : type.stages.slice(0, end + 1)).filter(({ name }) => masked || name !== "mask");
}
