/**
 * Several jobs through a server in one call: one for each file, or a chain in which each job works on what the one before has
 * made, or both. Upload, submit, watch, download.
 */
import { extname, join } from "node:path";
import { batchKeys } from "#client/batch-keys.ts";
import type { Kiln } from "#client/kiln.ts";
import type { Batch, BatchEvent, BatchJob, CreateBatchRequest } from "#contract/batch.ts";
import type { JobTypeInfo, RequestedInput } from "#contract/public-api.ts";
import { fileSource, type InputSource, pathsOf, sourceName } from "../arguments/input-source.ts";
import type { OutputPlace } from "../arguments/output-place.ts";
import { withFolder } from "./output-folder.ts";
import { type DownloadProgress, inTime, type JobWishes, saveJob, watch } from "./run-job.ts";
import type { SavedFile } from "./save-artifact.ts";
import { type UploadObserver, uploadInputs } from "./upload-inputs.ts";

export interface Step {
  readonly type: JobTypeInfo;
  readonly params: Readonly<Record<string, unknown>>;
  readonly preset?: string | undefined;
}

export interface RunBatchRequest extends JobWishes {
  /** What each first job takes: one list per chain. */
  readonly chains: readonly (readonly InputSource[])[];
  /** What is done, one job after the other; one step is no chain. */
  readonly steps: readonly Step[];
  /** Paths of files with a role in the first job, by its name. */
  readonly roles: Readonly<Record<string, string>>;
  readonly out: OutputPlace;
  /** Saves what every step has made, not only the last one. */
  readonly all: boolean;
  readonly signal?: AbortSignal;
}

export interface RunBatchObserver {
  readonly onUpload?: UploadObserver;
  onCreated?(batch: Batch): void;
  onEvent?(event: BatchEvent): void;
  onDownload?(progress: DownloadProgress): void;
  /** The user has interrupted; `told`: the server knows that the jobs are to stop. */
  onInterrupt?(told: boolean): void;
}

/** A job whose files were asked for, with those that were saved; none when it has failed. */
export interface SavedJob {
  readonly job: BatchJob;
  readonly files: readonly SavedFile[];
}
export interface BatchResult {
  readonly batch: Batch;
  readonly saved: readonly SavedJob[];
  /** Jobs that failed by themselves: not those that only lacked another one's file. */
  readonly failures: readonly BatchJob[];
}

/** Runs all jobs to their ends and saves what they made. When `signal` aborts, they are cancelled and the reason thrown. */
export function runBatch(kiln: Kiln, request: RunBatchRequest, observer: RunBatchObserver = {}): Promise<BatchResult> {
  return withFolder(request.out.dir, () => runInFolder(kiln, request, observer));
}

async function runInFolder(kiln: Kiln, request: RunBatchRequest, observer: RunBatchObserver): Promise<BatchResult> {
  const { chains, roles, signal } = request;
  const sources = [...chains.flat(), ...Object.values(roles).map(fileSource)];
  const uploads = await uploadInputs(kiln, sources, observer.onUpload, signal);
  signal?.throwIfAborted();
  const created = await kiln.createBatch(batchOf(request, uploads), { signal: inTime(signal) });
  observer.onCreated?.(created);
  const events = kiln.batchEvents(created.id, { signal });
  await watch(events, observer, (time) => kiln.cancelBatch(created.id, { signal: time }), signal);
  const batch = await kiln.batch(created.id, { signal });
  const { jobs } = await kiln.batchJobs(created.id, { limit: batch.size, signal });
  const failures = jobs.filter(({ state, error }) => state !== "succeeded" && error?.code !== "dependency_failed");
  return { batch, saved: await saveJobs(kiln, jobs, request, observer), failures };
}

/** The batch to submit: chain by chain, step by step. `uploads`: of the chains' inputs in order, then of the roles. */
export function batchOf(
  { chains, steps, roles, policy = {} }: RunBatchRequest,
  uploads: readonly RequestedInput[],
): CreateBatchRequest {
  const rest = uploads.values();
  const next = () => rest.next().value as RequestedInput;
  const sent = chains.map((files) => files.map(next));
  const beside = Object.keys(roles).map((role) => ({ ...next(), role }));
  const keys = batchKeys(chains.flatMap((files) => stepNames(files, steps))).values();
  const jobs = sent.flatMap((files) => {
    let before: string | null = null;
    return steps.map(({ type, params, preset }) => {
      const key = keys.next().value as string;
      const inputs = before === null ? [...files, ...beside] : [{ key: before }];
      before = key;
      const named = { key, type: type.name, ...(preset === undefined ? {} : { preset }) };
      return { ...named, params: { ...params }, inputs, policy };
    });
  });
  return { jobs };
}

/** Names for the jobs of a chain, as files' names: the last one is called as the file. */
function stepNames([file]: readonly InputSource[], steps: readonly Step[]): string[] {
  const name = file === undefined ? `${steps[0]?.type.name}.` : sourceName(file);
  const stem = name.slice(0, name.length - extname(name).length);
  return steps.map((_, i) => (i === steps.length - 1 ? name : `${stem}-step-${i + 1}.`));
}

/**
 * A folder's name for each file, in order: the file's without its ending, in the user's own letters, with a number where two
 * would be the same, also to a disk that does not tell `Logo` from `logo`.
 */
export function fileFolders(filenames: readonly string[]): string[] {
  const taken = new Set<string>();
  return filenames.map((filename) => {
    // What no file system or terminal likes in a name, and dots that would hide it.
    const stem = filename.slice(0, filename.length - extname(filename).length).replace(/[\p{Cc}\\/:*?"<>|]+/gu, "-");
    const name = stem.replace(/^[.\s]+|[.\s]+$/g, "") || "file";
    let folder = name;
    for (let n = 2; taken.has(folder.toLowerCase()); n++) folder = `${name}-${n}`;
    taken.add(folder.toLowerCase());
    return folder;
  });
}

/** Saves the last job of each chain, or every one. Of a single chain nothing needs a folder for the file's name. */
async function saveJobs(
  kiln: Kiln,
  jobs: readonly BatchJob[],
  { chains, steps, out, all, signal }: RunBatchRequest,
  observer: RunBatchObserver,
): Promise<SavedJob[]> {
  const names = fileFolders(chains.map(([file]) => (file === undefined ? "file" : sourceName(file))));
  const saved: SavedJob[] = [];
  for (const [index, job] of jobs.entries()) {
    const step = index % steps.length;
    if (!all && step < steps.length - 1) continue;
    const folders = [
      ...(chains.length > 1 ? [names[(index - step) / steps.length] as string] : []),
      ...(all ? [`${step + 1}-${job.type}`] : []),
    ];
    const dir = join(out.dir, ...folders);
    if (job.state !== "succeeded") {
      saved.push({ job, files: [] });
      continue;
    }
    const full = await kiln.job(job.id, { signal });
    const { type } = steps[step] as Step;
    const save = { type, out: { ...out, dir }, signal, given: pathsOf(chains.flat()) };
    const files = await withFolder(dir, () => saveJob(kiln, full, save, observer));
    saved.push({ job, files: files.map((file) => ({ ...file, name: join(...folders, file.name) })) });
  }
  return saved;
}
