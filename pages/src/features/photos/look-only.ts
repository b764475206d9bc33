/** Whether a job is one that looks at photos and makes nothing of them. Pure. */
import type { Job } from "#contract/job.ts";
import { kindOf } from "../../kinds.ts";

export const isLookOnly = ({ type, params }: Pick<Job, "type" | "params">): boolean =>
  kindOf(type)?.photos !== undefined && params.until === "check";
