/**
 * Sends a file: straight to signed URLs, in one PUT or in parts, several at a time. What was sent before an
 * interruption is not sent again: the server lists the parts it lacks, each with a fresh URL.
 */
import { SINGLE_PUT_MAX_BYTES } from "#contract/limits.ts";
import type { CreateUploadRequest, PartTarget, Upload } from "#contract/upload.ts";
import { KilnError } from "./kiln-error.ts";
import type { Transport } from "./transport.ts";

export interface UploadOptions {
  /** What the file is called; default: the name of a `File`, else "file". */
  readonly filename?: string;
  readonly contentType?: string;
  /** Goes on with this upload instead of starting one. */
  readonly resume?: string;
  /** Called with the bytes sent so far: after every part, and in browsers while one is on its way. Never goes back. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

const PARALLEL_PARTS = 4;
/** Signed URLs live for minutes: on a slow line they run out and are asked for again, this many times. */
const MAX_ROUNDS = 20;

/** Sends the file and completes the upload, which can then be an input of a job. */
export async function uploadFile(transport: Transport, file: Blob, options: UploadOptions = {}): Promise<Upload> {
  const { signal } = options;
  let upload = await openUpload(transport, file, options);
  const path = `/v1/uploads/${upload.id}`;
  for (let round = 1; upload.state === "pending" && upload.targets.length > 0; round++) {
    const lost = await sendParts(transport, file, upload, options);
    if (lost === null) break;
    // A round that brought no part further does not get better by another one.
    const refreshed = await transport.json<Upload>(path, { signal });
    if (round >= MAX_ROUNDS || refreshed.targets.length >= upload.targets.length) throw lost;
    upload = refreshed;
  }
  if (upload.state === "complete") return upload;
  return transport.json<Upload>(`${path}/complete`, { method: "POST", repeatable: true, signal });
}

async function openUpload(transport: Transport, file: Blob, options: UploadOptions): Promise<Upload> {
  const { signal } = options;
  if (options.resume) {
    const upload = await transport.json<Upload>(`/v1/uploads/${encodeURIComponent(options.resume)}`, { signal });
    if (upload.bytes === file.size) return upload;
    throw new TypeError(`The upload was begun with a file of ${upload.bytes} bytes, this one has ${file.size}.`);
  }
  const contentType = options.contentType ?? file.type;
  const request: CreateUploadRequest = {
    filename: options.filename ?? (file as Partial<File>).name ?? "file",
    bytes: file.size,
    ...(contentType ? { contentType } : {}),
    ...(await checksum(file)),
  };
  // An upload that is created twice costs nothing: the unused one is dropped after a day.
  return transport.json<Upload>("/v1/uploads", { method: "POST", json: request, repeatable: true, signal });
}

/** The SHA-256 of a small file; large ones would have to be read into memory for it. Not on pages without TLS. */
async function checksum(file: Blob): Promise<{ sha256?: string }> {
  if (file.size > SINGLE_PUT_MAX_BYTES || !globalThis.crypto?.subtle) return {};
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return { sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/** Sends all missing parts. Answers null, or the error of a part that could not be sent. */
async function sendParts(
  transport: Transport,
  file: Blob,
  upload: Upload,
  { onProgress, signal }: UploadOptions,
): Promise<unknown | null> {
  const queue = [...upload.targets];
  const had = upload.parts.reduce((sum, part) => sum + part.bytes, 0);
  // By part: what of it is on its way or there.
  const sent = new Map<number, number>();
  let furthest = -1;
  const tell = () => {
    const now = [...sent.values()].reduce((sum, bytes) => sum + bytes, had);
    // A part that is sent again begins anew; what was told before stays told.
    if (now > furthest) onProgress?.(now, upload.bytes);
    furthest = Math.max(furthest, now);
  };
  let failure: unknown = null;
  tell();
  const sendQueued = async (): Promise<void> => {
    for (let target = queue.shift(); target; target = queue.shift()) {
      const { partNumber, bytes } = target;
      const onSent = (now: number) => {
        sent.set(partNumber, Math.min(now, bytes));
        tell();
      };
      await sendPart(transport, file, upload, target, { onSent, signal });
      onSent(bytes);
    }
  };
  const workers = Array.from({ length: PARALLEL_PARTS }, () =>
    sendQueued().catch((error) => {
      queue.length = 0;
      failure ??= error;
    }),
  );
  await Promise.all(workers);
  signal?.throwIfAborted();
  // Only an expired URL is worth another round; everything else was retried already.
  if (failure && !(failure instanceof KilnError && failure.code === "signature_invalid")) throw failure;
  return failure;
}

async function sendPart(
  transport: Transport,
  file: Blob,
  upload: Upload,
  target: PartTarget,
  { onSent, signal }: { onSent: (bytes: number) => void; signal?: AbortSignal },
): Promise<void> {
  const start = (target.partNumber - 1) * upload.partBytes;
  // Without a type of its own: the signed URL says what the file is.
  const body = file.slice(start, start + target.bytes);
  const response = await transport.send(target.url, { method: "PUT", body, onSent, signal });
  await response.body?.cancel();
}
