/** How a file is sent: one PUT when it is small, equal parts when it is not. R2 wants all parts but the last equal. */
import { MAX_UPLOAD_PARTS, SINGLE_PUT_MAX_BYTES, UPLOAD_PART_BYTES } from "#contract/limits.ts";

export interface UploadPlan {
  readonly mode: "single" | "multipart";
  readonly partBytes: number;
  readonly partCount: number;
}

const MIB = 1024 * 1024;

/** The plan for a file of `bytes` bytes (1 or more). Parts grow, by whole MiB, when there would be too many of them. */
export function planUpload(bytes: number): UploadPlan {
  if (bytes <= SINGLE_PUT_MAX_BYTES) return { mode: "single", partBytes: bytes, partCount: 1 };
  const partBytes = Math.max(UPLOAD_PART_BYTES, Math.ceil(bytes / MAX_UPLOAD_PARTS / MIB) * MIB);
  return { mode: "multipart", partBytes, partCount: Math.ceil(bytes / partBytes) };
}

/** Exact size of part `partNumber` (1-based), or null when there is no such part. */
export function partSize(plan: UploadPlan, totalBytes: number, partNumber: number): number | null {
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > plan.partCount) return null;
  const start = (partNumber - 1) * plan.partBytes;
  return Math.min(plan.partBytes, totalBytes - start);
}
