/** `/v1/jobs`: submit, list, read, cancel, retry, delete. Events, logs and artifacts are in job-results.ts. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { type JobInput, jobStateSchema } from "#contract/job.ts";
import type { JobTypeDefinition } from "#contract/job-types/job-type.ts";
import { findJobType } from "#contract/job-types/registry.ts";
import { MAX_NOT_BEFORE_S } from "#contract/limits.ts";
import { createJobRequestSchema } from "#contract/public-api.ts";
import { fromHex, makeId } from "../domain/identifiers.ts";
import type { UploadRecord } from "../domain/upload-record.ts";
import { callJob, callUpload } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import { maySee } from "../middleware/authentication.ts";
import type { AppContext } from "../middleware/context.ts";
import { idempotency } from "../middleware/idempotency.ts";
import { listJobRows } from "../storage/jobs-table.ts";
import { findJob, unwrap } from "./job-access.ts";
import { cancelAll, retryAll } from "./job-bulk.ts";
import { decodeCursor, encodeCursor } from "./list-cursor.ts";
import { withQueuePlace } from "./queue-place.ts";
import { invalidRequest, parseWith, readJson, readQuery } from "./request-parsing.ts";
import { unwrapUpload } from "./uploads.ts";

export const jobs = new Hono<AppContext>();

const listQuerySchema = z
  .object({
    limit: z.coerce.number().int().min(1).max(100).default(20),
    cursor: z.string().max(200).optional(),
    state: jobStateSchema.optional(),
  })
  .strict();

jobs.post("/", idempotency, async (c) => {
  const request = await readJson(c, createJobRequestSchema);
  const type = findJobType(request.type);
  if (!type)
    throw new AppError("unknown_job_type", `There is no job type "${request.type}". GET /v1/job-types lists them.`);
  const params = parseWith(type.params, request.params, "params");
  checkInputs(type, request.inputs);
  if ((request.policy.notBefore ?? 0) > Date.now() + MAX_NOT_BEFORE_S * 1000) {
    throw invalidRequest([{ path: "policy.notBefore", message: `is more than ${MAX_NOT_BEFORE_S} seconds ahead` }]);
  }
  const seed = c.get("idSeed");
  const id = makeId("job", seed ? fromHex(seed) : crypto.getRandomValues(new Uint8Array(16)));
  const inputs = await holdInputs(c, id, type, request.inputs);
  const { name, version, pool, timeoutS } = type;
  const made = {
    id,
    owner: c.get("owner"),
    type: { name, version, pool, timeoutS },
    params,
    inputs,
    policy: request.policy,
  };
  const job = await callJob(c.env, id, (stub) => stub.create(made));
  return c.json(job, 202, { Location: `/v1/jobs/${id}` });
});

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

jobs.get("/:id", async (c) => c.json(await withQueuePlace(c, await findJob(c))));

jobs.post("/:id/cancel", async (c) => {
  const { id } = await findJob(c);
  return c.json(unwrap(await callJob(c.env, id, (stub) => stub.cancel())));
});

jobs.post("/:id/retry", async (c) => {
  const { id } = await findJob(c);
  return c.json(unwrap(await callJob(c.env, id, (stub) => stub.retry())), 202);
});

jobs.delete("/:id", async (c) => {
  const { id } = await findJob(c);
  unwrap(await callJob(c.env, id, (stub) => stub.purge()));
  return c.body(null, 204);
});

/** An input as the request names it. */
interface RequestedInput {
  readonly upload: string;
  readonly role?: string | undefined;
}

/** How many files there are to work on, and that each role is known and given once. */
function checkInputs(type: JobTypeDefinition, inputs: readonly RequestedInput[]): void {
  const { min, max, label, roles = [] } = type.inputs;
  const count = inputs.filter(({ role }) => role === undefined).length;
  if (count < min || count > max) {
    const wanted = min === max ? `exactly ${min}` : `${min} to ${max}`;
    throw invalidRequest([{ path: "inputs", message: `${type.name} takes ${wanted} (${label}), ${count} given` }]);
  }
  const errors = inputs.flatMap(({ role }, index) => {
    const path = `inputs.${index}.role`;
    if (role === undefined) return [];
    if (!roles.some(({ name }) => name === role)) {
      const known = roles.map(({ name }) => name).join(", ") || "none";
      return [{ path, message: `is not a role of ${type.name} (${known})` }];
    }
    return inputs.findIndex((input) => input.role === role) < index ? [{ path, message: "is given twice" }] : [];
  });
  if (errors.length > 0) throw invalidRequest(errors);
}

/** Takes hold of the uploads for the job, so that they stay as long as it does. All or none. */
async function holdInputs(
  c: Context<AppContext>,
  jobId: string,
  type: JobTypeDefinition,
  requested: readonly RequestedInput[],
): Promise<JobInput[]> {
  const uploadIds = requested.map(({ upload }) => upload);
  const records = await Promise.all(uploadIds.map((uploadId, index) => findInput(c, type, uploadId, index)));
  const outcomes = await Promise.allSettled(
    uploadIds.map(async (uploadId) => unwrapUpload(await callUpload(c.env, uploadId, (stub) => stub.hold(jobId)))),
  );
  const refused = outcomes.find((outcome) => outcome.status === "rejected");
  if (refused) {
    await Promise.all(uploadIds.map((uploadId) => callUpload(c.env, uploadId, (stub) => stub.release(jobId))));
    throw refused.reason;
  }
  return records.map(({ id, filename, bytes, contentType }, index) => ({
    upload: id,
    filename,
    bytes,
    contentType,
    role: requested[index]?.role ?? null,
  }));
}

async function findInput(
  c: Context<AppContext>,
  type: JobTypeDefinition,
  uploadId: string,
  index: number,
): Promise<UploadRecord> {
  const record = await callUpload(c.env, uploadId, (stub) => stub.read());
  if (!record || !maySee(c.get("owner"), record.owner)) {
    throw new AppError(
      "upload_not_found",
      `inputs.${index}: there is no upload ${uploadId}. Upload the file first with POST /v1/uploads.`,
      {
        errors: [{ path: `inputs.${index}.upload`, message: "is not known" }],
      },
    );
  }
  if (record.bytes > type.inputs.maxBytes) {
    throw new AppError("too_large", `inputs.${index}: ${type.name} takes files up to ${type.inputs.maxBytes} bytes.`);
  }
  return record;
}
