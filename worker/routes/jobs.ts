/** `/v1/jobs`: submit (put in client-job.ts), list, read, rerun, cancel, retry, delete. Events, logs and artifacts are in job-results.ts. */
import { z } from "zod";
import { batchIdSchema } from "#contract/batch.ts";
import { FINAL_STATES, jobIdSchema, jobSchema, jobStateSchema } from "#contract/job.ts";
import { MAX_RERUN_ANCESTORS } from "#contract/limits.ts";
import {
  bulkCancelRequestSchema,
  bulkResultSchema,
  bulkRetryRequestSchema,
  clientIdSchema,
  createJobRequestSchema,
  jobListSchema,
  rerunRequestSchema,
  sameInput,
} from "#contract/public-api.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import { chargeJobs } from "../middleware/quota.ts";
import { listJobRows } from "../storage/jobs-table.ts";
import { putJob } from "./client-job.ts";
import { findJob, findJobWithFiles, unwrap } from "./job-access.ts";
import { cancelAll, retryAll } from "./job-bulk.ts";
import { SUBMISSION_PROBLEMS, submitJob } from "./job-submission.ts";
import { pageOf, pageShape } from "./list-page.ts";
import { Resource } from "./operation.ts";
import { withQueuePlace } from "./queue-place.ts";

export const jobs = new Resource("/v1/jobs", { tag: "Jobs", access: "user" });

const id = { id: jobIdSchema };
const accepted = {
  202: {
    description: "The job, accepted. `Location` is where it is from now on.",
    schema: jobSchema,
    headers: { Location: z.string() },
  },
};
const ok = { 200: { description: "The job", schema: jobSchema } };

const SUBMISSIONS = {
  logo: {
    type: "logo-to-3d",
    params: { widthMm: 80, depthMm: 4 },
    inputs: [{ upload: "upl_2c4e6g8j0k1m3n5p7q9r2s4t6v" }],
  },
  text: { type: "text-to-3d", params: { text: "Kiln" } },
  chain: {
    type: "remove-background",
    inputs: [{ job: "job_4s1k3wq8v6m9c0t2z5y7x1n3ab", artifact: "preview.webp" }],
    policy: { priority: 7 },
  },
};

const listQuerySchema = z
  .object({
    ...pageShape,
    state: jobStateSchema.optional().meta({ description: "Only jobs in this state" }),
    batch: batchIdSchema.optional().meta({ description: "Only jobs of this batch" }),
  })
  .strict();

jobs.post(
  "",
  {
    operationId: "submitJob",
    summary: "Submit a job",
    description:
      "`type` says what is to be made, one of `GET /v1/job-types`; the form of the rest follows from it. The answer comes at once; " +
      "with `Prefer: wait=n`, when the job has ended.",
    scope: "write",
    waits: true,
    idempotent: true,
    body: createJobRequestSchema,
    examples: SUBMISSIONS,
    answers: accepted,
    problems: SUBMISSION_PROBLEMS,
  },
  (c, { body }) => submitJob(c, body),
);

jobs.get(
  "",
  {
    operationId: "listJobs",
    summary: "List jobs",
    description: "The caller's own, newest first. Send `cursor` of the answer for the next page.",
    scope: "read",
    query: listQuerySchema,
    answers: { 200: { description: "A page of jobs", schema: jobListSchema } },
  },
  async (c, { query: { state, batch, ...page } }) => {
    // Without key or session everybody would be the same owner; nobody lists others' jobs.
    const owner = c.get("owner");
    const { rows, cursor } = await pageOf("job", page, async (place) =>
      owner === "anon" ? [] : listJobRows(c.env.DB, owner, { ...place, state, batch }),
    );
    return c.json({ jobs: rows, cursor });
  },
);

const bulk = { 200: { description: "How many jobs were changed", schema: bulkResultSchema } };

jobs.post(
  "/retry",
  {
    operationId: "retryJobs",
    summary: "Retry all failed jobs",
    scope: "write",
    body: bulkRetryRequestSchema,
    examples: { failed: {}, expired: { state: "expired", limit: 50 } },
    description:
      "Each one that is tried again counts as a job submitted. More than may be are refused together: ask for fewer.",
    answers: bulk,
    problems: ["rate_limited"],
  },
  async (c, { body }) => c.json(await retryAll(c, body)),
);

jobs.post(
  "/cancel",
  {
    operationId: "cancelJobs",
    summary: "Cancel all queued jobs",
    description:
      "The caller's own that no runner has begun. Up to `limit` a call: send `cursor` of the answer for those that follow.",
    scope: "write",
    body: bulkCancelRequestSchema,
    examples: { all: {}, some: { limit: 50 } },
    answers: bulk,
  },
  async (c, { body }) => c.json(await cancelAll(c, body)),
);

jobs.put(
  "/{id}",
  {
    operationId: "putJob",
    summary: "Submit a job under your own id",
    description: "The same request again answers with the same job, for as long as the job is known.",
    scope: "write",
    waits: true,
    params: { id: clientIdSchema },
    body: createJobRequestSchema,
    examples: SUBMISSIONS,
    answers: { ...accepted, ...ok },
    problems: [...SUBMISSION_PROBLEMS, "job_conflict"],
  },
  (c, { body }) => putJob(c, body),
);

jobs.get(
  "/{id}",
  {
    operationId: "readJob",
    summary: "Read a job",
    description: "While it is queued, `queue` tells its place in line and when it may begin.",
    scope: "read",
    waits: true,
    params: id,
    answers: ok,
    problems: ["job_not_found"],
  },
  async (c) => c.json(await withQueuePlace(c, await findJob(c))),
);

jobs.post(
  "/{id}/cancel",
  {
    operationId: "cancelJob",
    summary: "Cancel a job",
    description: "A job that has ended stays as it is.",
    scope: "write",
    params: id,
    answers: ok,
    problems: ["job_not_found"],
  },
  async (c) => {
    const { id } = await findJob(c);
    return c.json(unwrap(await callJob(c.env, id, (stub) => stub.cancel())));
  },
);

jobs.post(
  "/{id}/retry",
  {
    operationId: "retryJob",
    summary: "Retry a job",
    description: "One that failed, expired or was cancelled.",
    scope: "write",
    waits: true,
    params: id,
    answers: { 202: { description: "The job, queued again", schema: jobSchema } },
    problems: ["job_not_found", "job_conflict", "gone", "rate_limited"],
  },
  async (c) => {
    const { id, seq, state } = await findJob(c);
    const retry = async () => unwrap(await callJob(c.env, id, (stub) => stub.retry()));
    // Of a job that is in line or at work nothing is made: the same call again, say.
    const isOver = FINAL_STATES.has(state);
    return c.json(await (isOver ? chargeJobs(c, { id: `retry-${id}-${seq}`, cost: 1 }, retry) : retry()), 202);
  },
);

jobs.post(
  "/{id}/rerun",
  {
    operationId: "rerunJob",
    summary: "Run a job again with other parameters",
    description: "Makes a new version of the same asset. A parameter that is `null` takes its default.",
    scope: "write",
    waits: true,
    idempotent: true,
    params: id,
    body: rerunRequestSchema,
    examples: { thicker: { params: { depthMm: 8, bevelMm: null } } },
    answers: accepted,
    problems: ["job_not_found", ...SUBMISSION_PROBLEMS],
  },
  async (c, { body: { params, policy } }) => {
    const { job, files, ancestors } = await findJobWithFiles(c);
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
  },
);

jobs.delete(
  "/{id}",
  {
    operationId: "deleteJob",
    summary: "Delete a job's files",
    description: "Inputs and artifacts go at once; the job keeps its status and gets `purgedAt`.",
    scope: "write",
    params: id,
    answers: { 204: { description: "Deleted" } },
    problems: ["job_not_found", "job_not_finished", "job_conflict"],
  },
  async (c) => {
    const { id } = await findJob(c);
    unwrap(await callJob(c.env, id, (stub) => stub.purge()));
    return c.body(null, 204);
  },
);

/** Null stands for a parameter's default. */
function withoutNulls(params: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null));
}
