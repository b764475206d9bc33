/** Which keys of R2 a job names: those it wants to be there, and those that it does not want. */
import { keepsFile } from "../domain/job-files.ts";
import { filesOf, type JobRecord } from "../domain/job-record.ts";
import type { StoredCheckpoint } from "../storage/job-store.ts";
import { artifactKey, checkpointKey, parseKey, uploadKey } from "../storage/object-keys.ts";

/** Every key that ought to be in R2: published files (another job's for a shared result), checkpoints, inputs. */
export function namedKeys(record: JobRecord, checkpoints: readonly StoredCheckpoint[]): string[] {
  const files = filesOf(record);
  const published = files ? (record.manifest?.artifacts ?? []) : [];
  return [
    ...published.flatMap(({ name }) => (files ? [artifactKey(files.jobId, files.leaseId, name)] : [])),
    ...checkpoints.map(({ sha256 }) => checkpointKey(record.id, sha256)),
    ...record.inputs.flatMap(({ upload, files: from, artifact }) => {
      if (upload !== null) return [uploadKey(upload)];
      return from && artifact !== null ? [artifactKey(from.jobId, from.leaseId, artifact)] : [];
    }),
  ];
}

/** Those of these keys, all in the job's folder, that it does not name and does not know to delete. */
export function unnamedKeys(
  record: JobRecord,
  checkpoints: readonly StoredCheckpoint[],
  keys: readonly string[],
): string[] {
  // Its own tidying up is on its way, and is repeated until it is done.
  if (record.pending.cleanup) return [];
  const known = new Set(checkpoints.map(({ sha256 }) => sha256));
  return keys.filter((key) => {
    const file = parseKey(key);
    if (file === null || file.kind === "upload" || !keepsFile(record, file)) return true;
    // A runner at work names its checkpoint once the bytes are there.
    return file.kind === "checkpoint" && record.lease === null && !known.has(file.sha256);
  });
}
