/**
 * One job through a server: upload, submit, watch, download. What is shown of it is up to the observer, so the `run`
 * command and the demo share it.
 */
import { join } from "node:path";
import type { Kiln } from "#client/kiln.ts";
import type { Job, JobEvent, QueuePlace } from "#contract/job.ts";
import type { Manifest } from "#contract/manifest.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { fileSource, type InputSource, pathsOf } from "../arguments/input-source.ts";
import { checkUntouched, type OutputPlace, pickArtifact } from "../arguments/output-place.ts";
import { NoFilesError } from "../exit-codes.ts";
import { withFolder } from "./output-folder.ts";
import { watchQueue } from "./queue-watch.ts";
import { type SavedFile, saveArtifact } from "./save-artifact.ts";
import { type UploadObserver, uploadInputs } from "./upload-inputs.ts";

/** How jobs are to be run and what of them, beside type, parameters and inputs. */
export interface JobWishes {
  readonly policy?: { readonly cache?: boolean };
}

export interface RunJobRequest extends JobWishes {
  readonly type: JobTypeInfo;
  readonly params: Readonly<Record<string, unknown>>;
  readonly preset?: string | undefined;
  readonly inputs: readonly InputSource[];
  /** Paths of files with a role, by its name. */
  readonly roles?: Readonly<Record<string, string>>;
  readonly out: OutputPlace;
  readonly signal?: AbortSignal;
}

/** How far the saving of a job's files is. */
export interface DownloadProgress {
  /** The file that is on its way. */
  readonly name: string;
  /** Of all files that are saved. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

export interface RunJobObserver {
  readonly onUpload?: UploadObserver;
  onCreated?(job: Job): void;
  /** While it waits in line, every few seconds. */
  onQueue?(place: QueuePlace): void;
  onEvent?(event: JobEvent): void;
  onDownload?(progress: DownloadProgress): void;
  /** The user has interrupted; `told`: the server knows that the job is to stop. */
  onInterrupt?(told: boolean): void;
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
 * @throws NoFilesError when the job ended without artifacts; KilnError, KilnUnreachableError from the client
 */
export function runJob(kiln: Kiln, request: RunJobRequest, observer: RunJobObserver = {}): Promise<JobResult> {
  // Before anything is uploaded: a folder that can't be made is a reason not to start.
  return withFolder(request.out.dir, () => runInFolder(kiln, request, observer));
}

async function runInFolder(kiln: Kiln, request: RunJobRequest, observer: RunJobObserver): Promise<JobResult> {
  const { type, params, preset, roles = {}, policy = {}, signal } = request;
  const beside = Object.entries(roles);
  const sources = [...request.inputs, ...beside.map(([, file]) => fileSource(file))];
  const sent = await uploadInputs(kiln, sources, observer.onUpload, signal);
  const inputs = sent.map((input, index) => {
    const role = beside[index - request.inputs.length]?.[0];
    return role === undefined ? input : { ...input, role };
  });
  const named = { type: type.name, ...(preset === undefined ? {} : { preset }), params: { ...params } };
  const asked = { ...named, inputs, ...(policy.cache === undefined ? {} : { policy }) };
  signal?.throwIfAborted();
  const created = await kiln.createJob(asked, { signal: inTime(signal) });
  return followJob(kiln, created, { ...request, given: pathsOf(sources) }, observer);
}

/**
 * For a request that makes jobs: an abort leaves it a moment to be answered. Else nobody would know what to cancel, and the
 * jobs would run for nobody.
 */
export function inTime(signal: AbortSignal | undefined): AbortSignal {
  const late = new AbortController();
  const onAbort = () => void setTimeout(() => late.abort(signal?.reason), CANCEL_TIMEOUT_MS).unref();
  signal?.addEventListener("abort", onAbort, { once: true });
  return late.signal;
}

/** Where the files of a job of this type go. */
export interface SaveRequest extends Pick<RunJobRequest, "type" | "out" | "signal"> {
  /** Paths of the user's own files that the job worked on: they are not written over. */
  readonly given?: readonly string[];
}

/** The same from where the job has been submitted. */
export async function followJob(
  kiln: Kiln,
  created: Job,
  request: SaveRequest,
  observer: RunJobObserver = {},
): Promise<JobResult> {
  const { signal } = request;
  observer.onCreated?.(created);
  const over = new AbortController();
  const queue = observer.onQueue
    ? watchQueue(kiln, created.id, (place) => observer.onQueue?.(place), over.signal)
    : Promise.resolve();
  try {
    const events = kiln.events(created.id, { signal });
    await watch(events, observer, (time) => kiln.cancel(created.id, { signal: time }), signal);
  } finally {
    over.abort();
    await queue;
  }
  const job = await kiln.job(created.id, { signal });
  if (job.state !== "succeeded" || !job.manifest) throw failure(job);
  return { job, manifest: job.manifest, files: await saveJob(kiln, job, request, observer) };
}

interface Watcher<E> {
  onEvent?(event: E): void;
  onInterrupt?(told: boolean): void;
}

/** Hands on events until they end. When `signal` aborts, what they tell of is cancelled and the reason thrown. */
export async function watch<E>(
  events: AsyncIterable<E>,
  watcher: Watcher<E>,
  cancel: (signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    for await (const event of events) watcher.onEvent?.(event);
  } catch (error) {
    if (signal?.aborted) {
      const told = await cancel(AbortSignal.timeout(CANCEL_TIMEOUT_MS)).then(
        () => true,
        () => false,
      );
      watcher.onInterrupt?.(told);
    }
    throw error;
  }
}

function failure(job: Job): NoFilesError {
  if (job.error) return new NoFilesError(job.error.code, job.error.message);
  return new NoFilesError(job.state, `The job is ${job.state}.`);
}

/** Saves all files of a job that has succeeded, `manifest.json` last; or the one that is wanted, under the name it is given. */
export async function saveJob(
  kiln: Kiln,
  job: Job,
  { type, out, signal, given = [] }: SaveRequest,
  observer: Pick<RunJobObserver, "onDownload">,
): Promise<SavedFile[]> {
  const names = (job.manifest?.artifacts ?? []).map(({ name }) => name);
  const wanted =
    out.file === null
      ? [...names, "manifest.json"].map((name) => ({ name, as: name }))
      : [{ name: pickArtifact(type, names, out.file), as: out.file }];
  await checkUntouched(
    given,
    wanted.map(({ as }) => join(out.dir, as)),
  );
  const saved: SavedFile[] = [];
  const sizes = new Map((job.manifest?.artifacts ?? []).map(({ name, bytes }) => [name, bytes]));
  const totalBytes = wanted.reduce((sum, { name }) => sum + (sizes.get(name) ?? 0), 0);
  let receivedBytes = 0;
  for (const { name, as } of wanted) {
    observer.onDownload?.({ name, receivedBytes, totalBytes });
    const onBytes = (count: number) => {
      receivedBytes += count;
      observer.onDownload?.({ name, receivedBytes, totalBytes });
    };
    saved.push(await saveArtifact(await kiln.download(job, name, { signal }), out.dir, as, { onBytes, signal }));
  }
  return saved;
}
