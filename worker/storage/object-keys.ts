/** R2 keys. Built from ids only, never from what a client named: R2 takes `../../x` literally. */

/** Where an upload lies. */
export function uploadKey(uploadId: string): string {
  return `uploads/${uploadId}`;
}

/** Everything of one job. */
export function jobPrefix(jobId: string): string {
  return `jobs/${jobId}/`;
}

/** Where an artifact lies. A lease id is never reused, so a late runner can't overwrite another's file. */
export function artifactKey(jobId: string, leaseId: string, name: string): string {
  return `${jobPrefix(jobId)}${leaseId}/${name}`;
}

/**
 * How a shared file is asked for: by the job that shares it. Where it lies is told by that job's object, not by its URL,
 * because whoever knows an anonymous job's id may read it.
 */
export function sharedFileKey(jobId: string, name: string): string {
  return `${jobPrefix(jobId)}shared/${name}`;
}

/** What `sharedFileKey` made, taken apart; null for any other key. Nothing lies in R2 under such a one. */
export function parseSharedFileKey(key: string): { readonly jobId: string; readonly name: string } | null {
  const match = /^jobs\/(job_[0-9a-hjkmnp-tv-z]{26})\/shared\/([A-Za-z0-9_][A-Za-z0-9._-]*)$/.exec(key);
  return match ? { jobId: match[1] as string, name: match[2] as string } : null;
}

/** The folder of a job's checkpoints, beside those of its leases. */
export const CHECKPOINTS_FOLDER = "checkpoints";

/** Where a checkpoint lies: by its content, so that what is read while it is replaced is the old one or the new one. */
export function checkpointKey(jobId: string, sha256: string): string {
  return `${jobPrefix(jobId)}${CHECKPOINTS_FOLDER}/${sha256}`;
}

/** The folder that a key lies in, up to the last slash. */
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}

export type FileKey =
  | { readonly kind: "upload"; readonly uploadId: string }
  | { readonly kind: "artifact"; readonly jobId: string; readonly leaseId: string; readonly name: string }
  | { readonly kind: "checkpoint"; readonly jobId: string; readonly sha256: string };

/** A key taken apart again, or null when it is none of ours. */
export function parseKey(key: string): FileKey | null {
  const upload = /^uploads\/(upl_[0-9a-hjkmnp-tv-z]{26})$/.exec(key);
  if (upload) return { kind: "upload", uploadId: upload[1] as string };
  const checkpoint = /^jobs\/(job_[0-9a-hjkmnp-tv-z]{26})\/checkpoints\/([0-9a-f]{64})$/.exec(key);
  if (checkpoint) return { kind: "checkpoint", jobId: checkpoint[1] as string, sha256: checkpoint[2] as string };
  const artifact = /^jobs\/(job_[0-9a-hjkmnp-tv-z]{26})\/([0-9a-f]{32})\/([A-Za-z0-9_][A-Za-z0-9._-]*)$/.exec(key);
  if (!artifact) return null;
  const [, jobId, leaseId, name] = artifact as unknown as [string, string, string, string];
  return { kind: "artifact", jobId, leaseId, name };
}
