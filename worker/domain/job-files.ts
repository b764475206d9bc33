/** Which files in a job's folder of R2 its record wants. */
import type { JobRecord } from "./job-record.ts";

/** A file that lies in a job's folder, as its key tells. */
export type JobFile =
  | { readonly kind: "artifact"; readonly leaseId: string; readonly name: string }
  | { readonly kind: "checkpoint"; readonly sha256: string };

/**
 * Whether the file stays when the job tidies up: it is published, or of the lease at work, or a checkpoint of a job whose
 * files are kept.
 */
export function keepsFile(record: JobRecord, file: JobFile): boolean {
  if (file.kind === "checkpoint") return record.purgedAt === null;
  if (file.leaseId === record.lease?.leaseId) return true;
  const isPublished = file.leaseId === record.publishedLeaseId;
  return isPublished && record.manifest?.artifacts.some(({ name }) => name === file.name) === true;
}
