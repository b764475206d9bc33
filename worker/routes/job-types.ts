/** `/v1/job-types`: what can be asked for. Site forms and CLI flags are made from it. Anybody may read it. */
import { z } from "zod";
import { describeJobType, findJobType, JOB_TYPES } from "#contract/job-types/registry.ts";
import { jobTypeInfoSchema, jobTypeListSchema } from "#contract/public-api.ts";
import type { Config } from "../env.ts";
import { AppError } from "../errors.ts";
import { Resource } from "./operation.ts";

export const jobTypes = new Resource("/v1/job-types", { tag: "Job types", access: "open" });

jobTypes.get(
  "",
  {
    operationId: "listJobTypes",
    summary: "List job types",
    answers: {
      200: { description: "All job types, with JSON Schemas of their parameters", schema: jobTypeListSchema },
    },
  },
  (c) => c.json({ jobTypes: JOB_TYPES.map((type) => describeJobType(type, largestUpload(c.get("config")))) }),
);

jobTypes.get(
  "/{name}",
  {
    operationId: "readJobType",
    summary: "Read a job type",
    params: { name: z.string().meta({ description: "The name of a job type", example: "logo-to-3d" }) },
    answers: { 200: { description: "The job type", schema: jobTypeInfoSchema } },
    problems: ["not_found"],
  },
  (c) => {
    const type = findJobType(c.req.param("name") ?? "");
    if (!type) throw new AppError("not_found", "There is no job type of that name. GET /v1/job-types lists them.");
    return c.json(describeJobType(type, largestUpload(c.get("config"))));
  },
);

/** The largest file that anybody can upload; who asks here need not say who they are. */
function largestUpload({ limits }: Config): number {
  return Math.max(limits.anonymous.uploadBytes, limits.key.uploadBytes);
}
