/** `/v1/uploads`: create, look (and resume), complete, abort. The bytes go to signed URLs, see files.ts. */
import type { Context } from "hono";
import { z } from "zod";
import { SINGLE_PUT_MAX_BYTES } from "#contract/limits.ts";
import {
  type CreateUploadRequest,
  createUploadRequestSchema,
  type Upload,
  uploadIdSchema,
  uploadSchema,
} from "#contract/upload.ts";
import { makeId } from "../domain/identifiers.ts";
import { partSize, planUpload } from "../domain/upload-plan.ts";
import { createUpload, toUpload, type UploadRecord } from "../domain/upload-record.ts";
import { callUpload } from "../durable/stubs.ts";
import type { AppContext } from "../middleware/context.ts";
import { chargeBytes } from "../middleware/quota.ts";
import { startMultipart } from "../storage/files-bucket.ts";
import { uploadKey } from "../storage/object-keys.ts";
import { signPut } from "./file-urls.ts";
import { Resource } from "./operation.ts";
import { findUpload, unwrapUpload } from "./upload-access.ts";
import { checkUploadSize } from "./upload-limit.ts";

export const uploads = new Resource("/v1/uploads", { tag: "Uploads", access: "user" });

const id = { id: uploadIdSchema };
const found = { 200: { description: "The upload", schema: uploadSchema } };

uploads.post(
  "",
  {
    operationId: "createUpload",
    summary: "Begin an upload",
    description:
      "`targets` of the answer says where the bytes go: `PUT` each part to its URL, then complete the upload. A file of up to " +
      `${SINGLE_PUT_MAX_BYTES / 2 ** 20} MiB has one part.`,
    scope: "write",
    body: createUploadRequestSchema,
    examples: { logo: { filename: "logo.svg", bytes: 1_204, contentType: "image/svg+xml" } },
    answers: {
      201: {
        description: "The upload, pending. `Location` is where it is from now on.",
        schema: uploadSchema,
        headers: { Location: z.string() },
      },
    },
    problems: ["rate_limited"],
  },
  async (c, { body }) => {
    checkUploadSize(c, body.bytes, "bytes");
    const id = makeId("upl", crypto.getRandomValues(new Uint8Array(16)));
    const record = await chargeBytes(c, { id, cost: body.bytes }, () => begin(c, id, body));
    return c.json(await present(c, record), 201, { Location: `/v1/uploads/${id}` });
  },
);

uploads.get(
  "/{id}",
  {
    operationId: "readUpload",
    summary: "Read an upload",
    description: "Lists the parts that are missing, each with a fresh signed URL: all that is needed to resume.",
    scope: "read",
    params: id,
    answers: found,
    problems: ["upload_not_found"],
  },
  async (c) => c.json(await present(c, await findUpload(c))),
);

uploads.post(
  "/{id}/complete",
  {
    operationId: "completeUpload",
    summary: "Complete an upload",
    description: "Joins the parts. Completing twice is no error.",
    scope: "write",
    params: id,
    answers: found,
    problems: ["upload_not_found", "upload_incomplete", "upload_conflict", "checksum_mismatch", "gone"],
  },
  async (c) => {
    const { id } = await findUpload(c);
    return c.json(await present(c, unwrapUpload(await callUpload(c.env, id, (stub) => stub.complete()))));
  },
);

uploads.delete(
  "/{id}",
  {
    operationId: "abortUpload",
    summary: "Abort or delete an upload",
    description:
      "Its bytes go; it is told of as `aborted` for as long as it would have been kept. Refused once a job uses the file.",
    scope: "write",
    params: id,
    answers: { 204: { description: "Aborted" } },
    problems: ["upload_not_found", "upload_conflict", "gone"],
  },
  async (c) => {
    const { id } = await findUpload(c);
    unwrapUpload(await callUpload(c.env, id, (stub) => stub.abort()));
    return c.body(null, 204);
  },
);

async function begin(c: Context<AppContext>, id: string, request: CreateUploadRequest): Promise<UploadRecord> {
  const isMultipart = planUpload(request.bytes).mode === "multipart";
  const contentType = request.contentType ?? "application/octet-stream";
  const multipartId = isMultipart ? await startMultipart(c.env.BUCKET, uploadKey(id), contentType) : null;
  const record = createUpload(request, { id, owner: c.get("owner"), multipartId }, Date.now());
  await callUpload(c.env, id, (stub) => stub.create(record));
  return record;
}

async function present(c: Context<AppContext>, record: UploadRecord): Promise<Upload> {
  const have = new Set(record.parts.map(({ partNumber }) => partNumber));
  const missing =
    record.state === "pending" && !record.open
      ? Array.from({ length: record.plan.partCount }, (_, i) => i + 1).filter((n) => !have.has(n))
      : [];
  const targets = await Promise.all(
    missing.map(async (partNumber) => {
      const bytes = partSize(record.plan, record.bytes, partNumber) as number;
      return { partNumber, bytes, url: await signPut(c, uploadKey(record.id), bytes, { part: String(partNumber) }) };
    }),
  );
  return toUpload(record, targets);
}
