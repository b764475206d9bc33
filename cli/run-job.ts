/**
 * One job through a server: upload, submit, watch, download. What is shown of it is up to the observer, so the `run`
 * command and the demo share it.
 */
import { openAsBlob } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename } from "node:path";
import type { Kiln } from "#client/kiln.ts";
import type { Job, JobEvent } from "#contract/job.ts";
import type { Manifest } from "#contract/manifest.ts";
import { JobFailedError } from "./exit-codes.ts";
import { type SavedFile, saveArtifact } from "./save-artifact.ts";

export interface RunJobRequest {
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
  /** Paths of files with a role, by its name. */
  readonly roles?: Readonly<Record<string, string>>;
  readonly outDir: string;
  readonly signal?: AbortSignal;
}

export interface RunJobObserver {
  /** `what`: the file's name, or how many there are; the bytes are those of all files. */
  onUpload?(what: string, sentBytes: number, totalBytes: number): void;
  onCreated?(job: Job): void;
  onEvent?(event: JobEvent): void;
  onDownload?(name: string, index: number, count: number): void;
}

export interface JobResult {
  readonly job: Job;
  readonly manifest: Manifest;
  /** `manifest.json` last. */
  readonly files: readonly SavedFile[];
}

const UPLOADS_AT_ONCE = 4;
/** How long a cancel may take when the user does not want to wait any more. */
const CANCEL_TIMEOUT_MS = 5_000;

/**
 * Runs the job to its end and saves what it made. When `signal` aborts, the job is cancelled and the reason thrown.
 * @throws JobFailedError when the job ended without artifacts; KilnError, KilnUnreachableError from the client
 */
export async function runJob(kiln: Kiln, request: RunJobRequest, observer: RunJobObserver = {}): Promise<JobResult> {
  const { type, params, roles = {}, signal } = request;
  // Before anything is uploaded: a folder that can't be made is a reason not to start.
  await mkdir(request.outDir, { recursive: true });
  const named = Object.entries(roles);
  const uploads = await uploadAll(kiln, [...request.files, ...named.map(([, file]) => file)], observer, signal);
  const inputs = uploads.map((upload, index) => {
    const role = named[index - request.files.length]?.[0];
    return role === undefined ? { upload } : { upload, role };
  });
  const created = await kiln.createJob({ type, params: { ...params }, inputs }, { signal });
  observer.onCreated?.(created);
  try {
    for await (const event of kiln.events(created.id, { signal })) observer.onEvent?.(event);
  } catch (error) {
    if (signal?.aborted)
      await kiln.cancel(created.id, { signal: AbortSignal.timeout(CANCEL_TIMEOUT_MS) }).catch(() => {});
    throw error;
  }
  const job = await kiln.job(created.id, { signal });
  if (job.state !== "succeeded" || !job.manifest) throw failure(job);
  return { job, manifest: job.manifest, files: await saveAll(kiln, job, request, observer) };
}

/** Sends the files, a few at once, and resolves with their uploads' ids in the same order. The first failure ends all. */
async function uploadAll(
  kiln: Kiln,
  files: readonly string[],
  observer: RunJobObserver,
  outer: AbortSignal | undefined,
): Promise<string[]> {
  const failed = new AbortController();
  const signal = outer ? AbortSignal.any([outer, failed.signal]) : failed.signal;
  const ids: string[] = [];
  const blobs = await Promise.all(files.map((file) => openAsBlob(file)));
  const totalBytes = blobs.reduce((sum, { size }) => sum + size, 0);
  const what = files.length === 1 ? basename(files[0] as string) : `${files.length} files`;
  const sent: number[] = [];
  const rest = blobs.entries();
  const sendRest = async (): Promise<void> => {
    for (const [index, blob] of rest) {
      const onProgress = (bytes: number) => {
        sent[index] = bytes;
        observer.onUpload?.(
          what,
          sent.reduce((sum, one) => sum + one, 0),
          totalBytes,
        );
      };
      const filename = basename(files[index] as string);
      ids[index] = (await kiln.upload(blob, { filename, onProgress, signal })).id;
    }
  };
  try {
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, sendRest));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
  return ids;
}

function failure(job: Job): JobFailedError {
  if (job.error) return new JobFailedError(job.error.code, job.error.message);
  return new JobFailedError(job.state, `The job is ${job.state}.`);
}

async function saveAll(kiln: Kiln, job: Job, request: RunJobRequest, observer: RunJobObserver): Promise<SavedFile[]> {
  const { outDir, signal } = request;
  const wanted = [
    ...(job.manifest?.artifacts ?? []).map(({ name, sha256 }) => ({ name, sha256: sha256 as string | null })),
    { name: "manifest.json", sha256: null },
  ];
  const saved: SavedFile[] = [];
  for (const [index, { name, sha256 }] of wanted.entries()) {
    observer.onDownload?.(name, index, wanted.length);
    saved.push(await saveArtifact(await kiln.download(job.id, name, { signal }), outDir, name, sha256, signal));
  }
  return saved;
}
