/**
 * An upload: pending → complete | aborted, and purged once nobody holds it and its time is over.
 * A job that uses it holds it until the job's own files go.
 */
import { UPLOAD_TTL_S } from "#contract/limits.ts";
import type { CreateUploadRequest, PartTarget, Upload, UploadedPart } from "#contract/upload.ts";
import type { FileContent } from "./job-record.ts";
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
  /** R2's id of the multipart upload; null for a single PUT. */
  readonly multipartId: string | null;
  readonly state: Upload["state"];
  readonly parts: readonly StoredPart[];
  /** What is in the file. Set once it is complete; absent where it is not known for sure. */
  readonly content?: FileContent;
  /** Jobs that need the file. */
  readonly holders: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Once it is aborted or purged: whether its bytes are confirmed to be gone. */
  readonly bytesGone?: boolean;
}

export type UploadChange =
  | { readonly ok: true; readonly record: UploadRecord }
  | { readonly ok: false; readonly reason: "upload_conflict" | "upload_incomplete" | "gone" };

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

/** Notes a part that R2 has taken; the same number again replaces it. */
export function notePart(record: UploadRecord, part: StoredPart): UploadChange {
  if (record.state !== "pending") return { ok: false, reason: "upload_conflict" };
  const others = record.parts.filter(({ partNumber }) => partNumber !== part.partNumber);
  return { ok: true, record: { ...record, parts: [...others, part].sort((a, b) => a.partNumber - b.partNumber) } };
}

/** Whether every part is there. */
export function hasAllParts(record: UploadRecord): boolean {
  return record.parts.length === record.plan.partCount;
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

/** A job takes hold of the file. Only complete uploads can be used. */
export function holdUpload(record: UploadRecord, jobId: string): UploadChange {
  if (record.state === "pending") return { ok: false, reason: "upload_incomplete" };
  if (record.state !== "complete") return { ok: false, reason: "gone" };
  if (record.holders.includes(jobId)) return { ok: true, record };
  return { ok: true, record: { ...record, holders: [...record.holders, jobId] } };
}

/** A job lets go of the file. */
export function releaseUpload(record: UploadRecord, jobId: string): UploadRecord {
  return { ...record, holders: record.holders.filter((id) => id !== jobId) };
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
  const parts = record.parts.map(({ partNumber, bytes, etag }) => ({ partNumber, bytes, etag }));
  return { id, state, ...plan, filename, contentType, bytes, parts, targets, createdAt, expiresAt };
}
