/** The bytes of uploads: a part by PUT, a whole file by PUT or as a form. They go past the upload's object, straight into R2. */
import type { Context } from "hono";
import { contentOfFile } from "../domain/content-hash.ts";
import { toHex } from "../domain/identifiers.ts";
import type { StoredPart } from "../domain/upload-record.ts";
import { callUpload } from "../durable/stubs.ts";
import type { UploadPlace } from "../durable/upload.do.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { chargeBytes } from "../middleware/quota.ts";
import { putFile, putPart } from "../storage/files-bucket.ts";
import { type HashedBody, hashInPassing } from "../storage/hash-in-passing.ts";
import { uploadKey } from "../storage/object-keys.ts";
import { readContentDigest } from "./content-digest.ts";
import { openFormFile } from "./form-file.ts";
import { toUploadError, unwrapUpload } from "./upload-access.ts";

/** A part on its way in. */
interface IncomingPart {
  readonly partNumber: number;
  readonly bytes: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** Hex, as the sender says; null = it does not. */
  readonly sha256: string | null;
}

/** Takes the part that the signed URL names; `body` has `bytes` bytes. The answer means that it is in R2 and counts. */
export async function putUploadPart(
  c: Context<AppContext>,
  uploadId: string,
  body: AsyncIterable<Uint8Array>,
): Promise<Response> {
  const [partNumber, bytes] = [Number(c.req.query("part")), Number(c.req.header("Content-Length"))];
  const sha256 = readContentDigest(c.req.header("Content-Digest"));
  const place = await callUpload(c.env, uploadId, (stub) => stub.admit({ partNumber, bytes }));
  if (!place.ok) throw toUploadError(place);
  const { etag } = await storePaid(c, uploadId, place, { partNumber, bytes, body, sha256 });
  return new Response(null, { status: 200, headers: { ETag: `"${etag}"` } });
}

/**
 * Takes a whole file as a form whose last field is `file`, as S3's POST object does, and completes the upload. Sent again
 * because its answer was lost, it is answered like the first time.
 */
export async function postUploadForm(c: Context<AppContext>, uploadId: string): Promise<Response> {
  const { bytes, body, fields } = await openFormFile(c.req.raw);
  if (fields.key !== uploadId)
    throw new AppError("invalid_request", "The form's field `key` must be the one that was given with this URL.");
  const place = await callUpload(c.env, uploadId, (stub) => stub.admit({ partNumber: 1, bytes }));
  if (place.ok) {
    const { etag } = await storePaid(c, uploadId, place, { partNumber: 1, bytes, body, sha256: null });
    unwrapUpload(await callUpload(c.env, uploadId, (stub) => stub.complete()));
    return created(c, uploadId, etag);
  }
  const etag = place.reason === "upload_conflict" ? await etagOfSame(c, uploadId, body) : null;
  if (etag === null) throw toUploadError(place);
  return created(c, uploadId, etag);
}

function created(c: Context<AppContext>, uploadId: string, etag: string): Response {
  const location = new URL(`/files/${uploadKey(uploadId)}`, c.req.url).href;
  return new Response(null, { status: 201, headers: { Location: location, ETag: `"${etag}"` } });
}

/** The ETag of a complete upload, when it has these very bytes. */
async function etagOfSame(
  c: Context<AppContext>,
  uploadId: string,
  body: AsyncIterable<Uint8Array>,
): Promise<string | null> {
  const digest = new crypto.DigestStream("SHA-256");
  const hash = digest.getWriter();
  for await (const piece of body) await hash.write(piece);
  await hash.close();
  const sha256 = toHex(new Uint8Array(await digest.digest));
  const record = await callUpload(c.env, uploadId, (stub) => stub.read());
  return record?.content?.hash === contentOfFile(sha256) ? (record.parts[0]?.etag ?? null) : null;
}

/** Writes a part to R2 and notes it. When it can't be noted, nothing of it stays. */
export async function storePaid(
  c: Context<AppContext>,
  uploadId: string,
  place: UploadPlace,
  part: IncomingPart,
): Promise<StoredPart> {
  const stored = await writePaid(c, uploadId, place, part);
  // R2 checks whole files only. A part that arrived damaged does not count: it is sent again, over this one.
  if (part.sha256 !== null && stored.sha256 !== part.sha256) throw checksumMismatch();
  const refusal = await callUpload(c.env, uploadId, (stub) => stub.notePart(stored));
  if (refusal === null) return stored;
  // Aborted while the bytes were on their way: nothing may be left behind.
  await callUpload(c.env, uploadId, (stub) => stub.discardLate());
  throw toUploadError(refusal);
}

/**
 * Writes a part; one whose size nobody knew before is charged now. Sent again, it costs nothing, unless it has grown. What R2
 * has taken stays charged though it does not count, because it lies there until it is written over or the upload ends.
 */
function writePaid(
  c: Context<AppContext>,
  uploadId: string,
  place: UploadPlace,
  part: IncomingPart,
): Promise<StoredPart> {
  const write = () => writePart(c, uploadKey(uploadId), place, part);
  if (place.charge === null) return write();
  return chargeBytes(c, { id: `${uploadId}.${part.partNumber}`, cost: part.bytes, owner: place.charge }, write);
}

async function writePart(
  c: Context<AppContext>,
  key: string,
  place: UploadPlace,
  { partNumber, bytes, body, sha256 }: IncomingPart,
): Promise<StoredPart> {
  const hashed = hashInPassing(body, bytes);
  const written = await write(c.env.BUCKET, key, place, { partNumber, hashed, sha256 }).catch((error) => {
    // What is wrong with a form is known better than what R2 makes of bytes that break off.
    throw hashed.failure() instanceof AppError ? hashed.failure() : error;
  });
  return { partNumber, bytes, ...written, sha256: await hashed.sha256 };
}

async function write(
  bucket: R2Bucket,
  key: string,
  { multipartId, contentType, sha256: wholeSha256 }: UploadPlace,
  { partNumber, hashed, sha256 }: { partNumber: number; hashed: HashedBody; sha256: string | null },
): Promise<{ etag: string; version?: string }> {
  // Unlike a runner, a browser waits as long as nobody tells it not to.
  const watch = { progress: hashed };
  if (multipartId) {
    const etag = await putPart(bucket, key, multipartId, partNumber, hashed.body, watch);
    if (etag === null) throw toUploadError({ ok: false, reason: "gone" });
    return { etag };
  }
  const put = await putFile(bucket, key, hashed.body, { contentType, sha256: wholeSha256 ?? sha256 }, watch);
  if (!put.ok) throw checksumMismatch();
  return { etag: put.etag, version: put.version };
}

function checksumMismatch(): AppError {
  return new AppError("checksum_mismatch", "The bytes do not have the SHA-256 that was announced. Send them again.");
}
