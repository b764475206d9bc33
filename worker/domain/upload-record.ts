/**
 * An upload: pending → complete | aborted, and purged once nobody holds it and its time is over.
 * A job that uses it holds it until the job's own files go.
 */
import { UPLOAD_TTL_S } from "#contract/limits.ts";
import type { CreateUploadRequest, PartTarget, Upload, UploadedPart } from "#contract/upload.ts";
import { addHolder, removeHolder } from "./holders.ts";
import type { FileContent } from "./job-record.ts";
import {
  type OpenUpload,
  type PartRefusal,
  type PartSize,
  planOfParts,
  refuseOpenPart,
  refusePlannedPart,
} from "./upload-parts.ts";
import { planUpload, type UploadPlan } from "./upload-plan.ts";

/** A part that R2 has, and what is in it. */
export interface StoredPart extends UploadedPart {
  /** Hex, of the bytes that R2 was given; null or absent where it is not known. */
  readonly sha256?: string | null;
  /** R2's name for this writing of a file that came in a single PUT. */
  readonly version?: string;
}

export interface UploadRecord {
  readonly id: string;
  readonly owner: string;
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string | null;
  readonly plan: UploadPlan;
  /** Set when the sender chooses the parts: `bytes` and `plan` are then those of what has come in so far. */
  readonly open?: OpenUpload;
  /** R2's id of the multipart upload; null for a single PUT. */
  readonly multipartId: string | null;
  readonly state: Upload["state"];
  readonly parts: readonly StoredPart[];
  /** What is in the file. Set once it is complete; absent where it is not known for sure. */
  readonly content?: FileContent;
  /** Jobs that need the file, and batches that will make such jobs. */
  readonly holders: readonly string[];
  /** Of those batches: for how many jobs. */
  readonly places?: Readonly<Record<string, number>>;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Once it is aborted or purged: whether its bytes are confirmed to be gone. */
  readonly bytesGone?: boolean;
}

/** Why something can't be done with an upload; `detail` is a sentence for the caller where the reason does not say enough. */
export interface UploadRefusal {
  readonly ok: false;
  readonly reason:
    | "upload_conflict"
    | "upload_incomplete"
    | "gone"
    | "source_limit"
    | "part_mismatch"
    | PartRefusal["reason"];
  readonly detail?: string;
}

export type UploadChange = { readonly ok: true; readonly record: UploadRecord } | UploadRefusal;

/** A new upload. `multipartId` is null for a single PUT. */
export function createUpload(
  request: CreateUploadRequest,
  made: { id: string; owner: string; multipartId: string | null },
  now: number,
): UploadRecord {
  return {
    ...made,
    filename: request.filename,
    contentType: request.contentType ?? "application/octet-stream",
    bytes: request.bytes,
    sha256: request.sha256 ?? null,
    plan: planUpload(request.bytes),
    state: "pending",
    parts: [],
    holders: [],
    createdAt: now,
    expiresAt: now + UPLOAD_TTL_S * 1000,
  };
}

/** A new upload whose sender chooses the parts and tells the size last. One PUT when `multipartId` is null. */
export function createOpenUpload(
  file: { filename: string; contentType: string; sha256: string | null },
  made: { id: string; owner: string; multipartId: string | null },
  open: OpenUpload,
  now: number,
): UploadRecord {
  const { bytes, ...plan } = planOfParts(made.multipartId === null ? "single" : "multipart", []);
  return {
    ...made,
    ...file,
    bytes,
    plan,
    open,
    state: "pending",
    parts: [],
    holders: [],
    createdAt: now,
    expiresAt: now + UPLOAD_TTL_S * 1000,
  };
}

/** Why the upload does not take this part now, or null. */
export function refusePart(record: UploadRecord, part: PartSize): UploadRefusal | null {
  if (record.state === "complete") return { ok: false, reason: "upload_conflict" };
  if (record.state !== "pending") return { ok: false, reason: "gone" };
  const refusal = record.open
    ? refuseOpenPart(record.open, record.parts, part)
    : refusePlannedPart(record.plan, record.bytes, part);
  return refusal && { ok: false, ...refusal };
}

/** Notes a part that R2 has taken; the same number again replaces it. */
export function notePart(record: UploadRecord, part: StoredPart): UploadChange {
  const refusal = refusePart(record, part);
  if (refusal) return refusal;
  const others = record.parts.filter(({ partNumber }) => partNumber !== part.partNumber);
  const parts = [...others, part].sort((a, b) => a.partNumber - b.partNumber);
  if (!record.open) return { ok: true, record: { ...record, parts } };
  const { bytes, ...plan } = planOfParts(record.plan.mode, parts);
  return { ok: true, record: { ...record, parts, bytes, plan } };
}

/** Whether every part is there. */
export function hasAllParts(record: UploadRecord): boolean {
  if (record.parts.length === 0 || record.parts.length !== record.plan.partCount) return false;
  const announced = record.open?.announcedBytes ?? null;
  return announced === null || announced === record.bytes;
}

/** A part as whoever completes an upload names it. */
export interface NamedPart {
  readonly partNumber: number;
  readonly etag: string;
}

/** Why a file of just these parts, in this order, is not the one that was sent; or null. */
export function refuseNamedParts(record: UploadRecord, named: readonly NamedPart[]): UploadRefusal | null {
  const { parts } = record;
  for (const [index, { partNumber, etag }] of named.entries()) {
    const part = parts.find((one) => one.partNumber === partNumber);
    if (!part) return { ok: false, reason: "upload_incomplete", detail: `Part ${partNumber} has not come in.` };
    if (partNumber <= (named[index - 1]?.partNumber ?? 0))
      return { ok: false, reason: "part_mismatch", detail: "Name each part once, in the order of their numbers." };
    if (part.etag !== etag)
      return {
        ok: false,
        reason: "part_mismatch",
        detail: `Part ${partNumber} has the ETag ${part.etag}, not ${etag}.`,
      };
  }
  if (named.length === parts.length) return null;
  const detail = `${parts.length} parts have come in and ${named.length} were named. Name all of them.`;
  return { ok: false, reason: "part_mismatch", detail };
}

/** Marks the upload complete. `content` is null where it is not known. Twice is a no-op. */
export function completeUpload(record: UploadRecord, content: FileContent | null): UploadChange {
  if (record.state === "complete") return { ok: true, record };
  if (record.state !== "pending") return { ok: false, reason: "gone" };
  if (!hasAllParts(record)) return { ok: false, reason: "upload_incomplete" };
  return { ok: true, record: { ...record, state: "complete", ...(content ? { content } : {}) } };
}

/** The client gives up. Refused once a job uses the file. */
export function abortUpload(record: UploadRecord): UploadChange {
  if (record.state === "aborted" || record.state === "purged") return { ok: true, record };
  if (record.holders.length > 0) return { ok: false, reason: "upload_conflict" };
  return { ok: true, record: { ...record, state: "aborted", parts: [], bytesGone: false } };
}

/** A job takes hold of the file, or a batch for `jobs` of its jobs (see `addHolder`). Only complete uploads can be used. */
export function holdUpload(record: UploadRecord, holder: string, jobs: number): UploadChange {
  if (record.state === "pending") return { ok: false, reason: "upload_incomplete" };
  if (record.state !== "complete") return { ok: false, reason: "gone" };
  const held = addHolder(record, holder, jobs);
  return held === null ? { ok: false, reason: "source_limit" } : { ok: true, record: held };
}

/** A job lets go of the file. */
export function releaseUpload(record: UploadRecord, holder: string): UploadRecord {
  return removeHolder(record, holder);
}

/** Whether the file is there for somebody, or may yet come. */
export function isLive(record: UploadRecord): boolean {
  return record.state === "pending" || record.state === "complete";
}

/** Whether the file must go now: its time is over and no job holds it. */
export function isDue(record: UploadRecord, now: number): boolean {
  return isLive(record) && record.holders.length === 0 && now >= record.expiresAt;
}

/** The file's time is over: see `isDue`. */
export function endUpload(record: UploadRecord): UploadRecord {
  return { ...record, state: record.state === "pending" ? "aborted" : "purged", bytesGone: false };
}

/** Whether bytes may lie in R2 that nobody may read any more. */
export function hasBytesToDelete(record: UploadRecord): boolean {
  return record.bytesGone === false;
}

/** Bytes came in after the end: they must go as well. */
export function noteLateBytes(record: UploadRecord): UploadChange {
  if (record.state !== "aborted" && record.state !== "purged") return { ok: true, record };
  return { ok: true, record: { ...record, bytesGone: false } };
}

/** The public view. `targets` are the missing parts with fresh URLs; none once the upload is not pending. */
export function toUpload(record: UploadRecord, targets: PartTarget[]): Upload {
  const { id, state, plan, filename, contentType, bytes, createdAt, expiresAt } = record;
  const parts = record.parts.map(({ partNumber, bytes, etag, sha256 }) => ({
    partNumber,
    bytes,
    etag,
    sha256: sha256 ?? null,
  }));
  return { id, state, ...plan, filename, contentType, bytes, parts, targets, createdAt, expiresAt };
}
