/** `/v1/batches`: submit, read, list jobs, watch, cancel, download. What a batch does with its jobs is in durable/batch.do.ts. */
import type { Context } from "hono";
import { z } from "zod";
import {
  type Batch,
  batchEventSchema,
  batchIdSchema,
  batchJobListSchema,
  batchListSchema,
  batchSchema,
  createBatchRequestSchema,
} from "#contract/batch.ts";
import { jobStateSchema } from "#contract/job.ts";
import { MAX_BATCH_BODY_BYTES, MAX_BATCH_JOBS } from "#contract/limits.ts";
import { maySee } from "../domain/ownership.ts";
import { callBatch } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { listBatchRows } from "../storage/batches-table.ts";
import { batchArchive } from "./archive.ts";
import { submitBatch } from "./batch-submission.ts";
import { EVENT_PLACE_HEADERS, eventPlaceQuerySchema, expectWebSocket, readEventPlace } from "./event-place.ts";
import { SUBMISSION_PROBLEMS } from "./job-submission.ts";
import { pageOf, pageShape } from "./list-page.ts";
import { Resource } from "./operation.ts";
import { integerText } from "./request-parsing.ts";

export const batches = new Resource("/v1/batches", { tag: "Batches", access: "user" });

const id = { id: batchIdSchema };

batches.post(
  "",
  {
    operationId: "submitBatch",
    summary: "Submit a batch",
    description:
      "Up to 1,000 jobs, which may be inputs of each other by `key`. One wrong job refuses the whole batch; the jobs of one that " +
      "was accepted are made by and by, under the ids that its list shows.",
    scope: "write",
    idempotent: true,
    body: createBatchRequestSchema,
    maxBodyBytes: MAX_BATCH_BODY_BYTES,
    examples: {
      two: {
        jobs: [
          { key: "first", type: "text-to-3d", params: { text: "Kiln" } },
          { key: "second", type: "text-to-3d", params: { text: "Oven", depthMm: 8 } },
        ],
      },
    },
    answers: {
      202: {
        description: "The batch, accepted. `Location` is where it is from now on.",
        schema: batchSchema,
        headers: { Location: z.string() },
      },
    },
    problems: SUBMISSION_PROBLEMS,
  },
  (c, { body }) => submitBatch(c, body),
);

batches.get(
  "",
  {
    operationId: "listBatches",
    summary: "List batches",
    description:
      "The caller's own, newest first, for as long as files of theirs are kept. Send `cursor` of the answer for the next page.",
    scope: "read",
    query: z.object(pageShape).strict(),
    answers: { 200: { description: "A page of batches", schema: batchListSchema } },
  },
  async (c, { query }) => {
    // As for jobs: nobody lists those of everybody without key or session.
    const owner = c.get("owner");
    const { rows, cursor } = await pageOf("bat", query, async (place) =>
      owner === "anon" ? [] : listBatchRows(c.env.DB, owner, place),
    );
    return c.json({ batches: rows, cursor });
  },
);

batches.get(
  "/{id}",
  {
    operationId: "readBatch",
    summary: "Read a batch",
    scope: "read",
    params: id,
    answers: { 200: { description: "The batch", schema: batchSchema } },
    problems: ["batch_not_found"],
  },
  async (c) => c.json(await findBatch(c)),
);

const jobsQuerySchema = z
  .object({
    limit: integerText(z.number().int().min(1).max(1_000))
      .default(100)
      .meta({ description: "How many to list at most", example: 100 }),
    cursor: z
      .string()
      .regex(/^\d{1,4}$/, "is not a cursor of this list")
      .default("0")
      .meta({ description: "`cursor` of the page before. Left out: from the first on" }),
    state: jobStateSchema.optional().meta({ description: "Only jobs in this state" }),
  })
  .strict();

batches.get(
  "/{id}/jobs",
  {
    operationId: "listBatchJobs",
    summary: "List a batch's jobs",
    description: "By number. Send `cursor` of the answer for the next page.",
    scope: "read",
    params: id,
    query: jobsQuerySchema,
    answers: { 200: { description: "A page of jobs", schema: batchJobListSchema } },
    problems: ["batch_not_found"],
  },
  async (c, { query: { limit, cursor, state } }) => {
    const { id } = await findBatch(c);
    const page = await callBatch(c.env, id, (stub) => stub.jobs(Number(cursor), limit, state && [state]));
    return c.json({ jobs: page.jobs, cursor: page.next === null ? null : String(page.next) });
  },
);

batches.get(
  "/{id}/events",
  {
    operationId: "watchBatch",
    summary: "Watch a batch",
    description: "Server-sent events: `status` and `job`, each with its number as `id`, as those of a job.",
    scope: "read",
    params: id,
    query: eventPlaceQuerySchema,
    headers: EVENT_PLACE_HEADERS,
    answers: {
      200: {
        description: "The events, until the batch is finished",
        contentType: "text/event-stream",
        schema: batchEventSchema,
      },
    },
    problems: ["batch_not_found"],
  },
  async (c, { query }) => {
    const { id } = await findBatch(c);
    const after = readEventPlace(c, query.after);
    return c.env.BATCHES.get(c.env.BATCHES.idFromName(id)).fetch(`https://batch/events?after=${after}`, {
      signal: c.req.raw.signal,
    });
  },
);

batches.get(
  "/{id}/ws",
  {
    operationId: "watchBatchOverWebSocket",
    summary: "Watch a batch over a WebSocket",
    description: "The same events as `/events`, each a JSON text message.",
    scope: "read",
    params: id,
    query: eventPlaceQuerySchema,
    answers: { 101: { description: "The WebSocket" } },
    problems: ["batch_not_found"],
  },
  async (c, { query: { after } }) => {
    const { id } = await findBatch(c);
    expectWebSocket(c);
    return c.env.BATCHES.get(c.env.BATCHES.idFromName(id)).fetch(`https://batch/ws?after=${after}`, {
      headers: { Upgrade: "websocket" },
    });
  },
);

batches.post(
  "/{id}/cancel",
  {
    operationId: "cancelBatch",
    summary: "Cancel a batch",
    description: "All its jobs that are not over.",
    scope: "write",
    params: id,
    answers: { 202: { description: "The batch; its jobs are cancelled by and by", schema: batchSchema } },
    problems: ["batch_not_found"],
  },
  async (c) => {
    const { id } = await findBatch(c);
    const batch = await callBatch(c.env, id, (stub) => stub.cancel());
    if (!batch) throw unknownBatch();
    return c.json(batch, 202);
  },
);

const archiveQuerySchema = z
  .object({ from: integerText(z.number().int().min(1).max(MAX_BATCH_JOBS)).optional() })
  .strict();

batches.get(
  "/{id}/archive.zip",
  {
    operationId: "downloadBatch",
    summary: "Download all files of a batch",
    description:
      "A folder for each job that has succeeded by now, and `batch.json`, which names all jobs. More files than one archive can " +
      "hold (some 9,000) are refused: then `from` asks for a part, which begins with the job of that number.",
    scope: "read",
    params: id,
    query: archiveQuerySchema,
    answers: {
      200: {
        description: "The files as a zip, streamed: it has no Content-Length. Of a part, `Link` names the next one.",
        contentType: "application/zip",
        headers: {
          Link: z.string().optional().describe('The archive that follows (`rel="next"`); absent from the last one'),
        },
      },
    },
    problems: ["batch_not_found", "job_not_finished", "too_large"],
  },
  async (c, { query: { from } }) => batchArchive(c, await findBatch(c), from),
);

/** The batch named in the path, if the caller may see it; 404 otherwise, so that nobody learns what exists. */
async function findBatch(c: Context<AppContext>): Promise<Batch> {
  const id = batchIdSchema.safeParse(c.req.param("id"));
  const found = id.success ? await callBatch(c.env, id.data, (stub) => stub.read()) : null;
  if (!found || !maySee(c.get("owner"), found.owner)) throw unknownBatch();
  return found.batch;
}

function unknownBatch(): AppError {
  return new AppError(
    "batch_not_found",
    "There is no batch with this id, it is no longer kept, or it belongs to someone else.",
  );
}
