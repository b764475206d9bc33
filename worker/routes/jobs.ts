/** `/v1/jobs`: submit (put in client-job.ts), list, read, rerun, cancel, retry, delete. Events, logs and artifacts are in job-results.ts. */
import { Hono } from "hono";
import { z } from "zod";
import { jobStateSchema } from "#contract/job.ts";
import { MAX_RERUN_ANCESTORS } from "#contract/limits.ts";
import { createJobRequestSchema, rerunRequestSchema, sameInput } from "#contract/public-api.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { idempotency } from "../middleware/idempotency.ts";
import { listJobRows } from "../storage/jobs-table.ts";
import { putJob } from "./client-job.ts";
import { findJob, findJobWithFiles, unwrap } from "./job-access.ts";
import { cancelAll, retryAll } from "./job-bulk.ts";
import { submitJob } from "./job-submission.ts";
import { decodeCursor, encodeCursor } from "./list-cursor.ts";
import { withQueuePlace } from "./queue-place.ts";
import { invalidRequest, readJson, readQuery } from "./request-parsing.ts";

export const jobs = new Hono<AppContext>();

const listQuerySchema = z
  .object({
    limit: z.coerce.number().int().min(1).max(100).default(20),
    cursor: z.string().max(200).optional(),
    state: jobStateSchema.optional(),
  })
  .strict();

jobs.post("/", idempotency, async (c) => submitJob(c, await readJson(c, createJobRequestSchema)));

jobs.get("/", async (c) => {
  const { limit, cursor, state } = readQuery(c, listQuerySchema);
  const after = cursor === undefined ? null : decodeCursor(cursor);
  if (cursor !== undefined && !after)
    throw invalidRequest([{ path: "cursor", message: "is not a cursor of this list" }]);
  // Without key or session everybody would be the same owner; nobody lists others' jobs.
  const owner = c.get("owner");
  const rows = owner === "anon" ? [] : await listJobRows(c.env.DB, owner, { limit: limit + 1, after, state });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return c.json({ jobs: page, cursor: rows.length > limit && last ? encodeCursor(last) : null });
});

jobs.post("/retry", async (c) => c.json(await retryAll(c)));

jobs.post("/cancel", async (c) => c.json(await cancelAll(c)));

jobs.put("/:clientId", putJob);

jobs.get("/:id", async (c) => c.json(await withQueuePlace(c, await findJob(c))));

jobs.post("/:id/cancel", async (c) => {
  const { id } = await findJob(c);
  return c.json(unwrap(await callJob(c.env, id, (stub) => stub.cancel())));
});

jobs.post("/:id/retry", async (c) => {
  const { id } = await findJob(c);
  return c.json(unwrap(await callJob(c.env, id, (stub) => stub.retry())), 202);
});

jobs.post("/:id/rerun", idempotency, async (c) => {
  const { job, files, ancestors } = await findJobWithFiles(c);
  const { params, policy } = await readJson(c, rerunRequestSchema);
  if (job.purgedAt !== null) {
    throw new AppError("gone", "The job's files are no longer kept. Upload them again and submit a new job.");
  }
  return submitJob(c, {
    type: job.type,
    params: withoutNulls({ ...job.params, ...params }),
    inputs: job.inputs.map(sameInput),
    policy,
    // What a shared result's runner has kept is with the job that ran.
    ancestors: [job.id, ...(job.cached && files ? [files.jobId] : []), ...ancestors].slice(0, MAX_RERUN_ANCESTORS),
    asset: job.asset,
  });
});

jobs.delete("/:id", async (c) => {
  const { id } = await findJob(c);
  unwrap(await callJob(c.env, id, (stub) => stub.purge()));
  return c.body(null, 204);
});

/** Null stands for a parameter's default. */
function withoutNulls(params: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null));
}
