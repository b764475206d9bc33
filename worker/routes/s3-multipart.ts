/**
 * `/s3`: uploads in the protocol of `@uppy/aws-s3` (contract/s3-multipart.ts), so that an unmodified Uppy works and resumes.
 * They are uploads like all others: same objects, same limits, same owners. A small file comes in one form (`/s3/params`),
 * a larger one in parts.
 */
import type { Context } from "hono";
import { z } from "zod";
import { MAX_UPLOAD_PARTS, SIGNED_PUT_TTL_S } from "#contract/limits.ts";
import {
  type AnnouncedMetadata,
  abortedMultipartSchema,
  completedMultipartSchema,
  completeMultipartRequestSchema,
  createMultipartRequestSchema,
  listedPartsSchema,
  multipartQuerySchema,
  multipartSchema,
  partUrlSchema,
  postParamsQuerySchema,
  postParamsSchema,
} from "#contract/s3-multipart.ts";
import { uploadIdSchema } from "#contract/upload.ts";
import { makeId } from "../domain/identifiers.ts";
import { partSize } from "../domain/upload-plan.ts";
import { createOpenUpload, type UploadRecord } from "../domain/upload-record.ts";
import { callUpload } from "../durable/stubs.ts";
import type { AppContext } from "../middleware/context.ts";
import { startMultipart } from "../storage/files-bucket.ts";
import { uploadKey } from "../storage/object-keys.ts";
import { signFormPost, signPut } from "./file-urls.ts";
import { Resource } from "./operation.ts";
import { invalidRequest } from "./request-parsing.ts";
import { findUpload, toUploadError, unwrapUpload } from "./upload-access.ts";
import { checkUploadSize, uploadLimit } from "./upload-limit.ts";

export const s3Multipart = new Resource("/s3", { tag: "Uploads with Uppy", access: "user" });

const uploadId = { uploadId: uploadIdSchema };

s3Multipart.get(
  "/params",
  {
    operationId: "beginFormUpload",
    summary: "Begin an upload in one form",
    description:
      "Post the file to `url` as `multipart/form-data`: first `fields`, then `file`. That completes the upload; `fields.key` " +
      "is its id.",
    scope: "write",
    query: postParamsQuerySchema,
    answers: { 200: { description: "Where the file goes", schema: postParamsSchema } },
  },
  async (c, { query }) => {
    const announced = { bytes: query["metadata[bytes]"], sha256: query["metadata[sha256]"] };
    const { id } = await begin(c, query, announced, "single");
    const url = await signFormPost(c, id);
    return c.json({ method: "POST", url, fields: { key: id }, expires: SIGNED_PUT_TTL_S });
  },
);

s3Multipart.post(
  "/multipart",
  {
    operationId: "beginMultipartUpload",
    summary: "Begin an upload in parts",
    description: "The sender chooses the size of the parts: all the same, of 5 MiB or more, but for the last.",
    scope: "write",
    body: createMultipartRequestSchema,
    examples: { photo: { filename: "IMG_0001.jpg", type: "image/jpeg", metadata: { bytes: 20_000_000 } } },
    answers: { 200: { description: "The upload's names", schema: multipartSchema } },
  },
  async (c, { body }) => {
    const { id } = await begin(c, body, body.metadata, "multipart");
    return c.json({ key: id, uploadId: id });
  },
);

s3Multipart.get(
  "/multipart/{uploadId}",
  {
    operationId: "listUploadedParts",
    summary: "List the parts that have come in",
    scope: "read",
    params: uploadId,
    query: multipartQuerySchema,
    answers: { 200: { description: "The parts, by number", schema: listedPartsSchema } },
    problems: ["upload_not_found", "gone"],
  },
  async (c, { query }) => {
    const record = await find(c, query);
    if (record.state !== "pending" && record.state !== "complete") throw toUploadError({ ok: false, reason: "gone" });
    return c.json(
      record.parts.map(({ partNumber, bytes, etag }) => ({ PartNumber: partNumber, Size: bytes, ETag: etag })),
    );
  },
);

s3Multipart.get(
  "/multipart/{uploadId}/{partNumber}",
  {
    operationId: "signUploadPart",
    summary: "Ask where a part goes",
    scope: "write",
    params: { ...uploadId, partNumber: z.number().int().min(1).max(MAX_UPLOAD_PARTS) },
    query: multipartQuerySchema,
    answers: { 200: { description: "A signed URL that takes the part by `PUT`", schema: partUrlSchema } },
    problems: ["upload_not_found", "upload_conflict", "gone"],
  },
  async (c, { query }) => {
    const record = await find(c, query);
    if (record.state === "complete") throw toUploadError({ ok: false, reason: "upload_conflict" });
    if (record.state !== "pending") throw toUploadError({ ok: false, reason: "gone" });
    const { partNumber, bytes } = namedPart(c, record);
    const url = await signPut(c, uploadKey(record.id), bytes, { part: String(partNumber) });
    return c.json({ url, expires: SIGNED_PUT_TTL_S });
  },
);

s3Multipart.post(
  "/multipart/{uploadId}/complete",
  {
    operationId: "completeMultipartUpload",
    summary: "Join the parts",
    description: "All parts that have come in are named, with their ETags. Completing twice is no error.",
    scope: "write",
    params: uploadId,
    query: multipartQuerySchema,
    body: completeMultipartRequestSchema,
    examples: { one: { parts: [{ PartNumber: 1, ETag: '"9bb58f26192e4ba00f01e2e7b136bbd8"' }] } },
    // Ten thousand parts with their ETags.
    maxBodyBytes: 2 * 1024 * 1024,
    answers: { 200: { description: "The file", schema: completedMultipartSchema } },
    problems: ["upload_not_found", "upload_incomplete", "upload_conflict", "checksum_mismatch", "gone"],
  },
  async (c, { query, body: { parts } }) => {
    const { id } = await find(c, query);
    const named = parts.map(({ PartNumber, ETag }) => ({ partNumber: PartNumber, etag: ETag.replaceAll('"', "") }));
    unwrapUpload(await callUpload(c.env, id, (stub) => stub.complete(named)));
    return c.json({ location: new URL(`/files/${uploadKey(id)}`, c.req.url).href, key: id });
  },
);

s3Multipart.delete(
  "/multipart/{uploadId}",
  {
    operationId: "abortMultipartUpload",
    summary: "Abort an upload",
    scope: "write",
    params: uploadId,
    query: multipartQuerySchema,
    answers: { 200: { description: "Aborted", schema: abortedMultipartSchema } },
    problems: ["upload_not_found", "upload_conflict"],
  },
  async (c, { query }) => {
    const { id } = await find(c, query);
    unwrapUpload(await callUpload(c.env, id, (stub) => stub.abort()));
    return c.json({});
  },
);

/** Makes the upload. Who tells a size over the limit is refused before a byte is sent. */
async function begin(
  c: Context<AppContext>,
  { filename, type }: { readonly filename: string; readonly type?: string },
  announced: AnnouncedMetadata,
  mode: "single" | "multipart",
): Promise<UploadRecord> {
  const { bytes: announcedBytes = null, sha256 = null } = announced;
  if (announcedBytes !== null)
    checkUploadSize(c, announcedBytes, mode === "single" ? "metadata[bytes]" : "metadata.bytes");
  const id = makeId("upl", crypto.getRandomValues(new Uint8Array(16)));
  const contentType = mediaType(type);
  const multipartId = mode === "multipart" ? await startMultipart(c.env.BUCKET, uploadKey(id), contentType) : null;
  const made = { id, owner: c.get("owner"), multipartId };
  const open = { maxBytes: uploadLimit(c), announcedBytes };
  const record = createOpenUpload({ filename, contentType, sha256 }, made, open, Date.now());
  await callUpload(c.env, id, (stub) => stub.create(record));
  return record;
}

/** The type without parameters; browsers give some files none, or one of their own making. */
function mediaType(type = ""): string {
  const bare = (type.split(";")[0] as string).trim();
  return /^[\w.+-]{1,63}\/[\w.+-]{1,63}$/.test(bare) ? bare : "application/octet-stream";
}

/** The upload in the path, if the caller may see it. */
async function find(c: Context<AppContext>, { key }: { readonly key: string }): Promise<UploadRecord> {
  const record = await findUpload(c, c.req.param("uploadId"));
  if (key !== record.id) throw invalidRequest([{ path: "key", message: "belongs to another upload" }]);
  return record;
}

/** The part in the path, and its size where that is known before it comes in. */
function namedPart(c: Context<AppContext>, { open, plan, bytes }: UploadRecord) {
  const partNumber = Number(c.req.param("partNumber"));
  const size = open ? null : partSize(plan, bytes, partNumber);
  const highest = open ? MAX_UPLOAD_PARTS : plan.partCount;
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > highest)
    throw invalidRequest([{ path: "partNumber", message: `is not one of the numbers 1 to ${highest}` }]);
  return { partNumber, bytes: size };
}
