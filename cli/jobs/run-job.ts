/**
 * One job through a server: upload, submit, watch, download. What is shown of it is up to the observer, so the `run`
 * command and the demo share it.
 */
import { mkdir } from "node:fs/promises";
import type { Kiln } from "#client/kiln.ts";
import type { Job, JobEvent } from "#contract/job.ts";
import type { Manifest } from "#contract/manifest.ts";
import { JobFailedError } from "../exit-codes.ts";
import { type SavedFile, saveArtifact } from "./save-artifact.ts";
import { type UploadObserver, uploadFiles } from "./upload-files.ts";

export interface RunJobRequest {
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
  /** Paths of files with a role, by its name. */
  readonly roles?: Readonly<Record<string, string>>;
  readonly policy?: { readonly cache?: boolean };
  readonly outDir: string;
  readonly signal?: AbortSignal;
}

export interface RunJobObserver {
  readonly onUpload?: UploadObserver;
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

/** How long a cancel may take when the user does not want to wait any more. */
const CANCEL_TIMEOUT_MS = 5_000;

/**
 * Runs the job to its end and saves what it made. When `signal` aborts, the job is cancelled and the reason thrown.
 * @throws JobFailedError when the job ended without artifacts; KilnError, KilnUnreachableError from the client
 */
export async function runJob(kiln: Kiln, request: RunJobRequest, observer: RunJobObserver = {}): Promise<JobResult> {
  const { type, params, roles = {}, policy = {}, signal } = request;
  // Before anything is uploaded: a folder that can't be made is a reason not to start.
  await mkdir(request.outDir, { recursive: true });
  const named = Object.entries(roles);
  const uploads = await uploadFiles(
    kiln,
    [...request.files, ...named.map(([, file]) => file)],
    observer.onUpload,
    signal,
  );
  const inputs = uploads.map((upload, index) => {
    const role = named[index - request.files.length]?.[0];
    return role === undefined ? { upload } : { upload, role };
  });
  const asked = { type, params: { ...params }, inputs, ...(policy.cache === undefined ? {} : { policy }) };
  return followJob(kiln, await kiln.createJob(asked, { signal }), request, observer);
}

/** The same from where the job has been submitted. */
export async function followJob(
  kiln: Kiln,
  created: Job,
  where: Pick<RunJobRequest, "outDir" | "signal">,
  observer: RunJobObserver = {},
): Promise<JobResult> {
  const { signal } = where;
  observer.onCreated?.(created);
  const events = kiln.events(created.id, { signal });
  await watch(events, observer.onEvent, (time) => kiln.cancel(created.id, { signal: time }), signal);
  const job = await kiln.job(created.id, { signal });
  if (job.state !== "succeeded" || !job.manifest) throw failure(job);
  return { job, manifest: job.manifest, files: await saveJob(kiln, job, where, observer) };
}

/** Hands on events until they end. When `signal` aborts, what they tell of is cancelled and the reason thrown. */
export async function watch<E>(
  events: AsyncIterable<E>,
  onEvent: ((event: E) => void) | undefined,
  cancel: (signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    for await (const event of events) onEvent?.(event);
  } catch (error) {
    if (signal?.aborted) await cancel(AbortSignal.timeout(CANCEL_TIMEOUT_MS)).catch(() => {});
    throw error;
  }
}

function failure(job: Job): JobFailedError {
  if (job.error) return new JobFailedError(job.error.code, job.error.message);
  return new JobFailedError(job.state, `The job is ${job.state}.`);
}

/** Saves all files of a job that has succeeded, `manifest.json` last. */
export async function saveJob(
  kiln: Kiln,
  job: Job,
  { outDir, signal }: Pick<RunJobRequest, "outDir" | "signal">,
  observer: Pick<RunJobObserver, "onDownload">,
): Promise<SavedFile[]> {
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
