/** `--json`: what happens as one JSON object a line, `kind` first. */
import { DamagedFileError, KilnError, KilnUnreachableError } from "#client/kiln-error.ts";
import { NoFilesError, UsageError } from "../exit-codes.ts";
import type { RunBatchObserver } from "../jobs/run-batch.ts";
import type { DownloadProgress, RunJobObserver } from "../jobs/run-job.ts";

export interface JsonOutput {
  write(text: string): unknown;
}

/**
 * An error for programs: `code` is a problem code of the contract where the server or a job said so, else `usage`, `unreachable` or
 * `error`.
 */
export function errorJson(error: Error): object {
  const { message } = error;
  if (error instanceof NoFilesError) return { code: error.code, message };
  if (error instanceof UsageError) return { code: "usage", message };
  if (error instanceof KilnUnreachableError) return { code: "unreachable", message };
  if (error instanceof DamagedFileError) return { code: error.code, message };
  if (!(error instanceof KilnError)) return { code: "error", message };
  const { code, status, retryAfter, fields } = error;
  return {
    code,
    message,
    status,
    ...(retryAfter === null ? {} : { retryAfterS: retryAfter }),
    ...(fields.length > 0 ? { fields } : {}),
  };
}

export function writeJson(output: JsonOutput, value: object): void {
  output.write(`${JSON.stringify(value)}\n`);
}

/** Tells of each file as it begins, not of its bytes. */
function onceEach(tell: (name: string) => void): (progress: DownloadProgress) => void {
  let last: string | null = null;
  return ({ name }) => {
    if (name !== last) tell(name);
    last = name;
  };
}

/** Writes `upload`, `job`, `queue`, `event` and `download` lines of one job. */
export function jsonOfJob(output: JsonOutput): RunJobObserver {
  let job: string | null = null;
  return {
    onUpload: ({ sentBytes, totalBytes }) => writeJson(output, { kind: "upload", sentBytes, totalBytes }),
    onCreated: (created) => {
      job = created.id;
      writeJson(output, { kind: "job", job: created });
    },
    onQueue: (queue) => writeJson(output, { kind: "queue", job, queue }),
    onEvent: (event) => writeJson(output, { kind: "event", job, event }),
    onDownload: onceEach((name) => writeJson(output, { kind: "download", job, name })),
  };
}

/** The same of a batch, whose first line is `batch`. */
export function jsonOfBatch(output: JsonOutput): RunBatchObserver {
  let batch: string | null = null;
  return {
    onUpload: ({ sentBytes, totalBytes }) => writeJson(output, { kind: "upload", sentBytes, totalBytes }),
    onCreated: (created) => {
      batch = created.id;
      writeJson(output, { kind: "batch", batch: created });
    },
    onEvent: (event) => writeJson(output, { kind: "event", batch, event }),
    onDownload: onceEach((name) => writeJson(output, { kind: "download", batch, name })),
  };
}
