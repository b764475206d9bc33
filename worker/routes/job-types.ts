/** `/v1/job-types`: what can be asked for. Site forms and CLI flags are made from it. */
import { Hono } from "hono";
import { describeJobType, findJobType, JOB_TYPES } from "#contract/job-types/registry.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";

export const jobTypes = new Hono<AppContext>();

jobTypes.get("/", (c) => c.json({ jobTypes: JOB_TYPES.map(describeJobType) }));

jobTypes.get("/:name", (c) => {
  const type = findJobType(c.req.param("name"));
  if (!type) throw new AppError("not_found", "There is no job type of that name. GET /v1/job-types lists them.");
  return c.json(describeJobType(type));
});
