/** `/v1/batches`: submit, read, list jobs, watch, cancel, download. What a batch does with its jobs is in durable/batch.do.ts. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { type Batch, batchIdSchema, createBatchRequestSchema } from "#contract/batch.ts";
import { jobStateSchema } from "#contract/job.ts";
import { MAX_BATCH_BODY_BYTES } from "#contract/limits.ts";
import { maySee } from "../domain/ownership.ts";
import { callBatch } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { idempotencyUpTo } from "../middleware/idempotency.ts";
import { batchArchive } from "./archive.ts";
import { submitBatch } from "./batch-submission.ts";
import { readEventPlace, readSocketPlace } from "./event-place.ts";
import { readJson, readQuery } from "./request-parsing.ts";

export const batches = new Hono<AppContext>();

batches.post("/", idempotencyUpTo(MAX_BATCH_BODY_BYTES), async (c) =>
  submitBatch(c, await readJson(c, createBatchRequestSchema, MAX_BATCH_BODY_BYTES)),
);

batches.get("/:id", async (c) => c.json(await findBatch(c)));

const jobsQuerySchema = z
  .object({
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
    cursor: z
      .string()
      .regex(/^\d{1,4}$/, "is not a cursor of this list")
      .default("0"),
    state: jobStateSchema.optional(),
  })
  .strict();

batches.get("/:id/jobs", async (c) => {
  const { id } = await findBatch(c);
  const { limit, cursor, state } = readQuery(c, jobsQuerySchema);
  const page = await callBatch(c.env, id, (stub) => stub.jobs(Number(cursor), limit, state && [state]));
  return c.json({ jobs: page.jobs, cursor: page.next === null ? null : String(page.next) });
});

batches.get("/:id/events", async (c) => {
  const { id } = await findBatch(c);
  const after = readEventPlace(c);
  return c.env.BATCHES.get(c.env.BATCHES.idFromName(id)).fetch(`https://batch/events?after=${after}`, {
    signal: c.req.raw.signal,
  });
});

batches.get("/:id/ws", async (c) => {
  const { id } = await findBatch(c);
  const after = readSocketPlace(c);
  return c.env.BATCHES.get(c.env.BATCHES.idFromName(id)).fetch(`https://batch/ws?after=${after}`, {
    headers: { Upgrade: "websocket" },
  });
});

batches.post("/:id/cancel", async (c) => {
  const { id } = await findBatch(c);
  const batch = await callBatch(c.env, id, (stub) => stub.cancel());
  if (!batch) throw unknownBatch();
  return c.json(batch, 202);
});

batches.get("/:id/archive.zip", async (c) => batchArchive(c, await findBatch(c)));

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
