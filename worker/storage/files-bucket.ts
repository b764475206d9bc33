/** The only code that talks to R2. */
import type { UploadedPart } from "#contract/upload.ts";
import { toHex } from "../domain/identifiers.ts";
import { isTransient, TransientError } from "../errors.ts";
import type { HashedBody } from "./hash-in-passing.ts";
import { jobPrefix } from "./object-keys.ts";

/** What is stored beside the bytes. */
export interface FileMetadata {
  readonly contentType: string;
  /** Hex. R2 refuses the file when its bytes have another one. */
  readonly sha256: string | null;
}

/** Bytes on their way to R2; without it nobody looks whether R2 takes them. */
export interface WriteWatch {
  readonly progress?: Pick<HashedBody, "moved" | "awaitsSender">;
  readonly stallMs?: number;
}

export type PutResult =
  | { readonly ok: true; readonly etag: string; readonly bytes: number; readonly version: string }
  | { readonly ok: false; readonly reason: "checksum" };

/** R2 deletes, and lists, so many at once. */
const DELETE_MAX = 1_000;
/** So much of a file is read at a time to hash it. */
const HASHED_RANGE_BYTES = 64 * 1024 * 1024;
/** R2 that takes nothing of what it is offered for so long, twice that at most, is given up. */
const STALL_MS = 10_000;

/**
 * R2's faults of its own, which pass: InternalError (10001), ServiceUnavailable (10043), and those for which workerd knows
 * no code, i.e. "internal error; reference = …" and "Unspecified error (0)".
 * https://developers.cloudflare.com/r2/api/error-codes
 */
const OWN_FAULT = /\binternal error\b|\((0|10001|10043)\)$/i;

/** What R2 answers. A fault of its own is a TransientError. */
async function answerOf<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!OWN_FAULT.test(String(error))) throw error;
    throw new TransientError(`R2 failed: ${(error as Error).message}.`, { cause: error });
  }
}

/**
 * The same for bytes that are written. R2 may take no more of them and say nothing, as the local one does when it can't write:
 * then nothing moves any more, and whoever sends them would wait for ever. A sender may be silent for as long as its connection
 * lives: a phone that is out of reach for a minute goes on with the same part.
 */
function writeAnswerOf<T>(call: Promise<T>, { progress, stallMs = STALL_MS }: WriteWatch): Promise<T> {
  const answered = answerOf(call);
  if (!progress) return answered;
  const over = new AbortController();
  const stalled = async () => {
    // What R2 was offered when it was looked at last; null while the sender was waited for.
    for (let before: number | null = null; ; ) {
      const now = progress.awaitsSender() ? null : progress.moved();
      if (now !== null && now === before) throw new TransientError("R2 takes no more of the file.");
      before = now;
      await scheduler.wait(stallMs, { signal: over.signal });
    }
  };
  return Promise.race([answered, stalled()]).finally(() => over.abort());
}

/** Writes a whole file. `body` must have a known length (R2 refuses others). */
export async function putFile(
  bucket: R2Bucket,
  key: string,
  body: ReadableStream | ArrayBuffer,
  metadata: FileMetadata,
  watch: WriteWatch = {},
): Promise<PutResult> {
  try {
    const options: R2PutOptions = { httpMetadata: { contentType: metadata.contentType } };
    if (metadata.sha256) options.sha256 = metadata.sha256;
    const object = await writeAnswerOf(bucket.put(key, body, options), watch);
    return { ok: true, etag: object.etag, bytes: object.size, version: object.version };
  } catch (error) {
    // R2 says 10037 "The SHA-256 checksum you specified did not match what we received".
    if (/checksum|10037/i.test(String(error))) return { ok: false, reason: "checksum" };
    throw error;
  }
}

/** Starts a multipart upload; returns R2's id for it. */
export async function startMultipart(bucket: R2Bucket, key: string, contentType: string): Promise<string> {
  return (await answerOf(bucket.createMultipartUpload(key, { httpMetadata: { contentType } }))).uploadId;
}

/** Writes one part and returns its ETag; the same number again replaces it. Null when the upload was ended meanwhile. */
export async function putPart(
  bucket: R2Bucket,
  key: string,
  multipartId: string,
  partNumber: number,
  body: ReadableStream | ArrayBuffer,
  watch: WriteWatch = {},
): Promise<string | null> {
  try {
    const written = bucket.resumeMultipartUpload(key, multipartId).uploadPart(partNumber, body);
    return (await writeAnswerOf(written, watch)).etag;
  } catch (error) {
    if (isNoSuchUpload(error)) return null;
    throw error;
  }
}

/** R2's 10024: the multipart upload was completed or aborted before. */
function isNoSuchUpload(error: unknown): boolean {
  return /10024|not exist|NoSuchUpload/i.test(String(error));
}

/**
 * Joins the parts. R2 fails a second complete with 10024; if the object is there with the right size, that is success,
 * and so it is when the answer of the first one was lost.
 * @returns false when R2 has no such file, nor the parts to make it. Throws when it could not be done now.
 */
export async function finishMultipart(
  bucket: R2Bucket,
  key: string,
  multipartId: string,
  parts: readonly UploadedPart[],
  bytes: number,
): Promise<boolean> {
  try {
    const joined = bucket
      .resumeMultipartUpload(key, multipartId)
      .complete(parts.map(({ partNumber, etag }) => ({ partNumber, etag })));
    return (await answerOf(joined)).size === bytes;
  } catch (error) {
    const object = await headFile(bucket, key);
    if (object) return object.size === bytes;
    if (isTransient(error)) throw error;
    console.error("multipart complete failed", { key, error: String(error) });
    return false;
  }
}

/** Drops a multipart upload's parts. No error when it is gone already. */
export async function abortMultipart(bucket: R2Bucket, key: string, multipartId: string): Promise<void> {
  await answerOf(bucket.resumeMultipartUpload(key, multipartId).abort()).catch((error) => {
    if (!isNoSuchUpload(error)) throw error;
  });
}

/** Size, type, ETag and version (another one each time the key is written) of a file, or null. */
export function headFile(bucket: R2Bucket, key: string): Promise<R2Object | null> {
  return answerOf(bucket.head(key));
}

/** A file's bytes, or those of one range; null when it is gone. */
export function getFile(
  bucket: R2Bucket,
  key: string,
  range?: { offset: number; length: number },
): Promise<R2ObjectBody | null> {
  return answerOf(bucket.get(key, range ? { range } : undefined));
}

/**
 * Hex SHA-256 of a stored file, read range by range; null when it is gone. As one stream, a file that was joined of parts comes
 * into memory whole where R2 is Miniflare's.
 */
export async function hashFile(bucket: R2Bucket, key: string): Promise<string | null> {
  const head = await headFile(bucket, key);
  if (!head) return null;
  const digest = new crypto.DigestStream("SHA-256");
  // A digest that is given up is an error that nobody waits for.
  digest.digest.catch(() => undefined);
  for (let offset = 0; offset < head.size; offset += HASHED_RANGE_BYTES) {
    const length = Math.min(HASHED_RANGE_BYTES, head.size - offset);
    const object = await getFile(bucket, key, { offset, length });
    if (!object) return null;
    await object.body.pipeTo(digest, { preventClose: true });
  }
  await digest.getWriter().close();
  return toHex(new Uint8Array(await digest.digest));
}

/** Deletes a file; no error when it is gone. */
export async function deleteFile(bucket: R2Bucket, key: string): Promise<void> {
  await answerOf(bucket.delete(key));
}

/** Deletes files; no error for those that are gone. */
export async function deleteFiles(bucket: R2Bucket, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += DELETE_MAX) {
    await answerOf(bucket.delete(keys.slice(start, start + DELETE_MAX)));
  }
}

/**
 * Up to `limit` (1,000) files in the order of their keys, those behind `after`.
 * @returns `next`: the key behind which the next page begins, null on the last page
 */
export async function listFiles(
  bucket: R2Bucket,
  { prefix, after, limit }: { prefix?: string; after: string | null; limit: number },
): Promise<{ objects: R2Object[]; next: string | null }> {
  const options: R2ListOptions = { limit };
  if (prefix !== undefined) options.prefix = prefix;
  if (after !== null) options.startAfter = after;
  const { objects, truncated } = await answerOf(bucket.list(options));
  return { objects, next: truncated ? (objects.at(-1)?.key ?? null) : null };
}

/** Deletes all files of a job but those that `keeps` wants. */
export async function deleteJobFiles(bucket: R2Bucket, jobId: string, keeps: (key: string) => boolean): Promise<void> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listFiles>> = await listFiles(bucket, {
      prefix: jobPrefix(jobId),
      after,
      limit: DELETE_MAX,
    });
    await deleteFiles(
      bucket,
      page.objects.map(({ key }) => key).filter((key) => !keeps(key)),
    );
    after = page.next;
  } while (after !== null);
}
