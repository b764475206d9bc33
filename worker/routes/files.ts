/**
 * `/files/<key>?…&exp&kid&sig`: bytes straight into and out of R2, by signed URL only. The signature covers method,
 * key, size and part, so all that is left to check is that the sender keeps to it.
 */
import type { Context } from "hono";
import { z } from "zod";
import { uploadIdSchema } from "#contract/upload.ts";
import { parseRange } from "../domain/byte-range.ts";
import { verifyUrl } from "../domain/signed-url.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { deleteFile, getFile, headFile, putFile } from "../storage/files-bucket.ts";
import { inPieces } from "../storage/in-pieces.ts";
import { artifactKey, checkpointKey, parseKey, parseSharedFileKey } from "../storage/object-keys.ts";
import { contentDisposition } from "./content-disposition.ts";
import { ifNoneMatch, matchesEtag } from "./etag.ts";
import { unwrap } from "./job-access.ts";
import { Resource } from "./operation.ts";
import { postUploadForm, putUploadPart } from "./upload-bytes.ts";

export const files = new Resource("/files", { tag: "Files", access: "open" });

/** Types a browser may show by itself: they can't carry scripts. Everything else is downloaded. */
const INLINE_TYPES: ReadonlySet<string> = new Set([
  "image/png",
  "image/apng",
  "image/jpeg",
  "image/webp",
  "image/gif",
  "video/webm",
]);

/** What every signed URL has in its query. */
const signedQuery = {
  exp: z.string().describe("Until when the URL holds, epoch seconds"),
  kid: z.string().describe("The id of the key it was signed with"),
  sig: z.string().describe("The signature"),
};
/** Two segments at least, so that no file is called as the form's target is. */
const key = {
  folder: z.enum(["uploads", "jobs"]).describe("Whether it is an upload, or a file of a job"),
  key: z.string().describe("Where it lies in there"),
};

files.get(
  "/{folder}/{key*}",
  {
    operationId: "downloadFile",
    summary: "Download a file",
    description: "By a URL that Kiln has signed. `Range`, `If-Range` and `If-None-Match` are heeded.",
    signed: true,
    params: key,
    query: z.object({
      ...signedQuery,
      filename: z.string().optional().meta({ description: "What the file is to be called" }),
    }),
    headers: {
      Range: z
        .string()
        .optional()
        .meta({ description: "The bytes that are wanted, one range; without it all of them", example: "bytes=0-1023" }),
      "If-Range": z
        .string()
        .optional()
        .meta({ description: "The `ETag` that `Range` is meant for; of another version all is sent" }),
      "If-None-Match": ifNoneMatch,
    },
    answers: {
      200: {
        description: "The file",
        contentType: "*/*",
        headers: { ETag: z.string(), "Content-Length": z.string(), "Content-Disposition": z.string() },
      },
      206: {
        description: "The part of the file that was asked for",
        contentType: "*/*",
        headers: { ETag: z.string(), "Content-Length": z.string(), "Content-Range": z.string() },
      },
      304: { description: "The file is the one you have", headers: { ETag: z.string() } },
    },
    problems: ["gone", "range_not_satisfiable"],
  },
  (c) => answerFile(c),
);

files.put(
  "/{folder}/{key*}",
  {
    operationId: "sendFile",
    summary: "Send a file, or a part of one",
    description: "By a URL that Kiln has signed, with exactly as many bytes as it says.",
    signed: true,
    params: key,
    query: z.object({
      ...signedQuery,
      bytes: z.string().optional().describe("How many bytes the URL takes; absent where the sender chooses"),
      part: z.string().optional().describe("The number of an upload's part"),
      sha256: z.string().optional().describe("What an artifact's bytes must hash to"),
      type: z.string().optional().describe("The media type of an artifact"),
      name: z.string().optional().describe("The name of a checkpoint"),
      lease: z.string().optional().describe("The lease that may write a checkpoint"),
    }),
    rawBody: { contentType: "application/octet-stream", description: "The bytes" },
    answers: {
      200: {
        description: "The bytes are there",
        headers: { ETag: z.string().optional().describe("Of an upload's part, or an artifact") },
      },
    },
    problems: [
      "length_required",
      "too_large",
      "upload_not_found",
      "upload_conflict",
      "rate_limited",
      "checksum_mismatch",
      "job_not_found",
      "lease_lost",
      "checkpoint_limit",
      "gone",
    ],
  },
  (c) => takeFile(c),
);

files.post(
  "/uploads",
  {
    operationId: "sendForm",
    summary: "Send a whole upload as a form",
    description: "By a URL of `GET /s3/params`: the field `key`, then `file` as the last one. Completes the upload.",
    signed: true,
    query: z.object({ ...signedQuery, upload: uploadIdSchema }),
    rawBody: { contentType: "multipart/form-data", description: "The fields `key` and `file`, in this order" },
    answers: {
      201: {
        description: "The upload is complete. `Location` is where the file lies, its last segment is the upload's id.",
        headers: { Location: z.string(), ETag: z.string() },
      },
    },
    problems: [
      "length_required",
      "too_large",
      "upload_not_found",
      "upload_incomplete",
      "upload_conflict",
      "rate_limited",
      "checksum_mismatch",
      "gone",
    ],
  },
  async (c) => {
    const url = await signedUrl(c, "POST");
    return postUploadForm(c, url.searchParams.get("upload") ?? "");
  },
);

async function answerFile(c: Context<AppContext>): Promise<Response> {
  const key = await storedKey(c, await signedKey(c, "GET"));
  const head = await headFile(c.env.BUCKET, key);
  if (!head) throw new AppError("gone", "This file is no longer kept. Run the job again to get a new one.");
  const type = head.httpMetadata?.contentType ?? "application/octet-stream";
  const headers = new Headers({
    ETag: head.httpEtag,
    "Last-Modified": head.uploaded.toUTCString(),
    "Accept-Ranges": "bytes",
    // The key holds a lease id that is never reused: the bytes behind a URL never change.
    "Cache-Control": "private, max-age=3600, immutable",
    "Content-Type": type,
    "Content-Disposition": contentDisposition(
      INLINE_TYPES.has(type) ? "inline" : "attachment",
      c.req.query("filename") ?? key.split("/").at(-1) ?? "file",
    ),
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
  });
  if (matchesEtag(c.req.header("If-None-Match"), head.httpEtag)) return new Response(null, { status: 304, headers });
  const range = parseRange(rangeHeader(c, head.httpEtag), head.size);
  if (range.kind === "unsatisfiable") {
    throw new AppError("range_not_satisfiable", `The file has ${head.size} bytes.`, {
      headers: { "Content-Range": `bytes */${head.size}` },
    });
  }
  const part = range.kind === "part" ? { offset: range.offset, length: range.length } : undefined;
  headers.set("Content-Length", String(part?.length ?? head.size));
  if (part) headers.set("Content-Range", `bytes ${part.offset}-${part.offset + part.length - 1}/${head.size}`);
  const status = part ? 206 : 200;
  if (c.req.method === "HEAD") return new Response(null, { status, headers });
  const object = await getFile(c.env.BUCKET, key, part);
  if (!object) throw new AppError("gone", "This file is no longer kept. Run the job again to get a new one.");
  return new Response(object.body, { status, headers });
}

async function takeFile(c: Context<AppContext>): Promise<Response> {
  const key = await signedKey(c, "PUT");
  const bytes = c.req.query("bytes");
  const target = parseKey(key);
  // The size of a part is not in its URL when the sender chooses it.
  const body = sizedBody(c, target?.kind === "upload" && bytes === undefined ? null : Number(bytes));
  if (target?.kind === "upload") return putUploadPart(c, target.uploadId, inPieces(streamOf(body)));
  if (target?.kind === "artifact") return putArtifact(c, key, target, body);
  if (target?.kind === "checkpoint") return putCheckpoint(c, key, target, body);
  throw new AppError("signature_invalid", "This URL does not name a file that can be written.");
}

/** The key in the path, once the signature is found good for this method. HEAD uses the URL of GET. */
async function signedKey(c: Context<AppContext>, method: "GET" | "PUT"): Promise<string> {
  const url = await signedUrl(c, method);
  const key = url.pathname.slice("/files/".length);
  if (!parseKey(key) && !parseSharedFileKey(key))
    throw new AppError("signature_invalid", "This link is not valid. Use it exactly as it was given.");
  return key;
}

/** The request's URL, once its signature is found good for this method. */
async function signedUrl(c: Context<AppContext>, method: "GET" | "PUT" | "POST"): Promise<URL> {
  const url = new URL(c.req.url);
  const check = await verifyUrl(url, method, c.get("config").signingKeys, Date.now());
  if (!check.ok) {
    const detail =
      check.reason === "expired"
        ? "This link has expired. Ask for a new one where you got it."
        : "This link is not valid. Use it exactly as it was given.";
    throw new AppError("signature_invalid", detail);
  }
  return url;
}

/** Where the bytes of that key lie: its own, but for those of another job that the named one shares. */
async function storedKey(c: Context<AppContext>, key: string): Promise<string> {
  const shared = parseSharedFileKey(key);
  if (!shared) return key;
  const facts = await callJob(c.env, shared.jobId, (stub) => stub.read());
  if (!facts?.files) throw new AppError("gone", "This file is no longer kept. Run the job again to get a new one.");
  return artifactKey(facts.files.jobId, facts.files.leaseId, shared.name);
}

/** The request's body, if it says how long it is: exactly `bytes` bytes, or null = any number. */
function sizedBody(c: Context<AppContext>, bytes: number | null): ReadableStream | ArrayBuffer {
  const header = c.req.header("Content-Length");
  if (header === undefined || !/^\d{1,15}$/.test(header))
    throw new AppError("length_required", bytes === null ? "Send Content-Length." : `Send Content-Length: ${bytes}.`);
  const length = Number(header);
  if (bytes === null) return c.req.raw.body ?? new ArrayBuffer(0);
  if (length > bytes) throw new AppError("too_large", `This URL takes exactly ${bytes} bytes, ${length} were sent.`);
  if (length < bytes)
    throw new AppError("invalid_request", `This URL takes exactly ${bytes} bytes, ${length} were sent.`);
  return c.req.raw.body ?? new ArrayBuffer(0);
}

/** Nothing at all is a stream as well. */
function streamOf(body: ReadableStream | ArrayBuffer): ReadableStream {
  return body instanceof ReadableStream ? body : new Blob([]).stream();
}

async function putArtifact(
  c: Context<AppContext>,
  key: string,
  target: { jobId: string; leaseId: string; name: string },
  body: ReadableStream | ArrayBuffer,
): Promise<Response> {
  const allowed = () => callJob(c.env, target.jobId, (stub) => stub.mayWrite(target.leaseId, target.name));
  if (!(await allowed())) throw new AppError("lease_lost", "The lease that may write this file is over.");
  const existing = await headFile(c.env.BUCKET, key);
  // Written once: a repeated PUT after a lost answer finds the file there.
  if (existing) return new Response(null, { status: 200, headers: { ETag: existing.httpEtag } });
  const sha256 = c.req.query("sha256") ?? null;
  const put = await putFile(c.env.BUCKET, key, body, {
    contentType: c.req.query("type") ?? "application/octet-stream",
    sha256,
  });
  if (!put.ok) throw checksumMismatch();
  if (!(await allowed())) {
    await deleteFile(c.env.BUCKET, key);
    throw new AppError("lease_lost", "The lease that may write this file is over.");
  }
  return new Response(null, { status: 200, headers: { ETag: `"${put.etag}"` } });
}

/** The answer means that the checkpoint can be read from now on. */
async function putCheckpoint(
  c: Context<AppContext>,
  key: string,
  { jobId, sha256 }: { jobId: string; sha256: string },
  body: ReadableStream | ArrayBuffer,
): Promise<Response> {
  const [name, leaseId, bytes] = [c.req.query("name") ?? "", c.req.query("lease") ?? "", Number(c.req.query("bytes"))];
  unwrap(await callJob(c.env, jobId, (stub) => stub.mayKeep(leaseId, name)));
  // The key is the content's hash: what is there already are these bytes.
  if (!(await headFile(c.env.BUCKET, key))) {
    const put = await putFile(c.env.BUCKET, key, body, { contentType: "application/octet-stream", sha256 });
    if (!put.ok) throw checksumMismatch();
  }
  const { unused } = unwrap(await callJob(c.env, jobId, (stub) => stub.keep(leaseId, { name, bytes, sha256 })));
  if (unused !== null) await deleteFile(c.env.BUCKET, checkpointKey(jobId, unused));
  return new Response(null, { status: 200 });
}

function checksumMismatch(): AppError {
  return new AppError("checksum_mismatch", "The file does not have the SHA-256 that was announced. Send it again.");
}

/** `Range`, unless `If-Range` names another version of the file. */
function rangeHeader(c: Context<AppContext>, etag: string): string | null {
  const condition = c.req.header("If-Range");
  return condition && condition !== etag ? null : (c.req.header("Range") ?? null);
}
