/**
 * The Kiln client: everything a user can do with a server, for browsers, Node and Workers. Used by the site, the CLI
 * and the demo. Holds no state besides where the server is and who is asking.
 */
import type { Batch, BatchEvent, BatchJob, BatchJobList, BatchList, CreateBatchRequest } from "#contract/batch.ts";
import type { Caller } from "#contract/caller.ts";
import type { Job, JobEvent } from "#contract/job.ts";
import type { JobState } from "#contract/job-states.ts";
import type { JobTypeName } from "#contract/job-types/params.ts";
import type { Manifest } from "#contract/manifest.ts";
import type {
  BulkResult,
  CreateJobRequest,
  Health,
  JobComparison,
  JobList,
  JobTypeInfo,
  JobVersions,
  LogPage,
  RerunRequest,
} from "#contract/public-api.ts";
import type { CreateShareRequest, Share, SharedJob, ShareList } from "#contract/share.ts";
import type { Upload } from "#contract/upload.ts";
import type { Usage } from "#contract/usage.ts";
import { batchEvents, type EventOptions, jobEvents } from "./event-stream.ts";
import { Keys } from "./keys.ts";
import { JobFailedError } from "./kiln-error.ts";
import { eachOf, type PagePlace } from "./pages.ts";
import { patiently } from "./patience.ts";
import { Presets } from "./presets.ts";
import { createJob, type ParamsOf, type SubmitOptions, submit } from "./submission.ts";
import {
  type CallOptions,
  type CreateOptions,
  queryOf,
  randomHex,
  Transport,
  type TransportOptions,
} from "./transport.ts";
import {
  type UploadAllOptions,
  type UploadedFile,
  Uploader,
  type UploaderOptions,
  type UploadOptions,
} from "./uploads/uploader.ts";
import { verified } from "./verified-download.ts";
import { Webhooks } from "./webhooks.ts";

/** What one call lists where nothing else is asked for: the most that it may. */
const PAGE = 100;

/** A job with its files. */
export type FinishedJob = Job & { readonly manifest: Manifest };
const isFinished = (job: Job): job is FinishedJob => job.state === "succeeded" && job.manifest !== null;

/** A new token for `session`: 128 random bits in hex. Keep it, and the jobs made with it can be listed again. */
export const newSession = (): string => randomHex();

/**
 * Every method throws `KilnError` when the server refuses and `KilnUnreachableError` when it does not answer; calls
 * that are safe to repeat have been repeated by then.
 */
export class Kiln {
  readonly #transport: Transport;
  readonly #uploader: Uploader;
  /** Endpoints of the user's that are told when jobs and batches end. */
  readonly webhooks: Webhooks;
  /** API keys of the caller's account. */
  readonly keys: Keys;
  /** The account's own presets. */
  readonly presets: Presets;

  constructor(options: TransportOptions & UploaderOptions) {
    this.#transport = new Transport(options);
    this.#uploader = new Uploader(this.#transport, options);
    this.webhooks = new Webhooks(this.#transport);
    this.keys = new Keys(this.#transport);
    this.presets = new Presets(this.#transport);
  }

  /** Where the server is, without a slash at the end. */
  get api(): string {
    return this.#transport.api;
  }

  /** Whether the server can take and run a job now, and the runners it knows. */
  health(options: CallOptions = {}): Promise<Health> {
    return this.#transport.json("/health", options);
  }

  /** What can be asked for. */
  async jobTypes(options: CallOptions = {}): Promise<JobTypeInfo[]> {
    return (await this.#transport.json<{ jobTypes: JobTypeInfo[] }>("/v1/job-types", options)).jobTypes;
  }

  /** Who this client is to the server: whose things its own are, what it may do, and how much of it. */
  caller(options: CallOptions = {}): Promise<Caller> {
    return this.#transport.json("/v1/caller", options);
  }

  /** What the caller's jobs have used from one day to another (`2026-11-22`, UTC), by default in the last 30 days. */
  usage({ from, to, ...options }: CallOptions & { readonly from?: string; readonly to?: string } = {}): Promise<Usage> {
    return this.#transport.json(`/v1/usage${queryOf({ from, to })}`, options);
  }

  /**
   * Sends a file; the upload's `id` is an input for `createJob`. In Node, `fs.openAsBlob` makes a Blob of a path, of less than
   * 4 GiB: of a larger file it has a wrong size. A network that is lost is waited for. With `uploadStore`, a file that was sent in part, or wholly within 24 h, is not sent again.
   */
  upload(file: Blob, options: UploadOptions = {}): Promise<Upload> {
    return this.#uploader.upload(file, options);
  }

  /** Goes on with an upload: sends what is missing, once the parts that are there are known to be of this very file. */
  resumeUpload(id: string, file: Blob, options: Omit<UploadOptions, "resume"> = {}): Promise<Upload> {
    return this.#uploader.upload(file, { ...options, resume: id });
  }

  /** Sends many files, a few at a time; resolves with their uploads in the same order. The first failure ends all. */
  uploadAll(files: readonly UploadedFile[], options: UploadAllOptions = {}): Promise<Upload[]> {
    return this.#uploader.uploadAll(files, options);
  }

  /**
   * Sends files and submits a job of that type on them; `params` are the type's own. Resolves as soon as it is submitted:
   * `events` and `wait` follow it.
   */
  submit<T extends JobTypeName | (string & {})>(
    type: T,
    params: ParamsOf<T>,
    options: SubmitOptions = {},
  ): Promise<Job> {
    return submit(this.#transport, this.#uploader, type, params, options);
  }

  /**
   * All in one: sends files, submits a job of that type on them, follows it to its end, and resolves with the job, whose files
   * `download` fetches. An abort stops the waiting; the job goes on, and `cancel` ends it.
   * @throws JobFailedError when it ended in any other way than with its files
   * @example
   * const job = await kiln.run("logo-to-3d", { depthMm: 3, formats: ["stl"] }, { files: [logo] });
   * const model = await kiln.download(job, "model.stl");
   */
  async run<T extends JobTypeName | (string & {})>(
    type: T,
    params: ParamsOf<T>,
    { onEvent, ...options }: SubmitOptions & WaitOptions = {},
  ): Promise<FinishedJob> {
    const { id } = await this.submit(type, params, options);
    const job = await this.wait(id, { onEvent, signal: options.signal });
    if (isFinished(job)) return job;
    throw new JobFailedError(job);
  }

  /**
   * Submits a job on inputs that are there. With a key or a session it is sent under a key of its own (Idempotency-Key), so
   * that it is repeated when the answer is lost and makes one job all the same.
   */
  createJob(request: CreateJobRequest, options: CreateOptions = {}): Promise<Job> {
    return createJob(this.#transport, request, options);
  }

  /**
   * Submits a job under an id of the caller's own, e.g. the number of an order: 1 to 64 letters, digits, dots, dashes and
   * underscores. However often it is sent, there is one job; another request under the same id is refused. The id names the
   * job in this call only, everything else takes the `id` of the answer. Needs a key or a session.
   */
  createJobWithId(clientId: string, request: CreateJobRequest, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json(jobPath(clientId), { method: "PUT", json: request, ...options });
  }

  /**
   * A new job with the inputs of an earlier one: `params` are put over its parameters (null = back to the default), and what
   * its runner has finished need not be done again.
   */
  rerunJob(id: string, request: RerunRequest = {}, options: CreateOptions = {}): Promise<Job> {
    return this.#transport.create(`${jobPath(id)}/rerun`, request, options);
  }

  job(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json(jobPath(id), options);
  }

  /**
   * One page of the caller's jobs, newest first, only those in `state` and of one `batch` when given; pass its `cursor` for the
   * next page.
   */
  jobs(options: CallOptions & PageOptions & { readonly batch?: string } = {}): Promise<JobList> {
    const { limit, cursor, state, batch, ...call } = options;
    return this.#transport.json(`/v1/jobs${queryOf({ limit, cursor, state, batch })}`, call);
  }

  /**
   * All of the caller's jobs, newest first, a page asked for when it is needed.
   * @example for await (const { id, error } of kiln.listJobs({ state: "failed" })) console.log(id, error?.message);
   */
  listJobs(
    options: CallOptions & Omit<PageOptions, "cursor"> & { readonly batch?: string } = {},
  ): AsyncGenerator<JobList["jobs"][number], void, undefined> {
    return eachOf((cursor) => this.jobs({ limit: PAGE, ...options, cursor }), "jobs");
  }

  /** Asks the job to stop. The answer is the job as it is now; a job that was final already stays as it is. */
  cancel(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json(`${jobPath(id)}/cancel`, { method: "POST", repeatable: true, ...options });
  }

  /** Puts a job that failed, was cancelled or expired back into the queue. */
  retryJob(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json(`${jobPath(id)}/retry`, { method: "POST", repeatable: true, ...options });
  }

  /**
   * Retries all of the caller's jobs that ended in `state` (default: failed), up to `limit` in one call. Go on with the
   * answer's `cursor` until it is null.
   */
  retryJobs(request: BulkRetry = {}, options: CallOptions = {}): Promise<BulkResult> {
    return this.#transport.json("/v1/jobs/retry", { method: "POST", json: request, repeatable: true, ...options });
  }

  /** Cancels all of the caller's jobs that have not begun, up to `limit` in one call; `cursor` as in `retryJobs`. */
  cancelJobs(request: PagePlace = {}, options: CallOptions = {}): Promise<BulkResult> {
    return this.#transport.json("/v1/jobs/cancel", { method: "POST", json: request, repeatable: true, ...options });
  }

  /** The job's versions, newest first: the jobs made by `rerunJob` of one and the same, each with what it changed. */
  versions(id: string, options: CallOptions = {}): Promise<JobVersions> {
    return this.#transport.json(`${jobPath(id)}/versions`, options);
  }

  /** How the job `other`, of the same type, differs from this one: parameters, versions of tools, files. */
  compare(id: string, other: string, options: CallOptions = {}): Promise<JobComparison> {
    return this.#transport.json(`${jobPath(id)}/compare${queryOf({ with: other })}`, options);
  }

  /** Keeps the job's files until it is unpinned. Only for who made the job, with a key or a session. */
  pin(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json(`${jobPath(id)}/pin`, { method: "PUT", ...options });
  }

  /** Lets the job's files go after their usual time. */
  unpin(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json(`${jobPath(id)}/pin`, { method: "DELETE", ...options });
  }

  /** Makes a link that shows the job and its files to whoever has it, for `ttlS` seconds. Needs a key or a session. */
  shareJob(id: string, request: CreateShareRequest = {}, options: CreateOptions = {}): Promise<Share> {
    return this.#transport.create(`${jobPath(id)}/shares`, request, options);
  }

  /** The job's links that still work. */
  async shares(id: string, options: CallOptions = {}): Promise<Share[]> {
    return (await this.#transport.json<ShareList>(`${jobPath(id)}/shares`, options)).shares;
  }

  /** Ends a link. */
  async revokeShare(id: string, shareId: string, options: CallOptions = {}): Promise<void> {
    const path = `${jobPath(id)}/shares/${encodeURIComponent(shareId)}`;
    await this.#transport.request(path, { method: "DELETE", ...options });
  }

  /** The job that a link shows, by the link's token; needs neither key nor session. */
  sharedJob(token: string, options: CallOptions = {}): Promise<SharedJob> {
    return this.#transport.json(sharePath(token), options);
  }

  /** A file of it. The body is a stream. */
  sharedDownload(token: string, name: string, options: CallOptions = {}): Promise<Response> {
    return this.#transport.request(sharedFile(token, name), options);
  }

  /** The address behind `sharedDownload`, for links. */
  sharedArtifactUrl(token: string, name: string): string {
    return `${this.api}${sharedFile(token, name)}`;
  }

  /** The job's events, live, from the first one or after `after`; ends with the job. */
  events(id: string, options: EventOptions = {}): AsyncGenerator<JobEvent, void, undefined> {
    return jobEvents(this.#transport, id, options);
  }

  /** Follows the job to its end and resolves with it, whatever became of it: look at `state` and `error`. */
  async wait(id: string, { onEvent, ...options }: EventOptions & WaitOptions = {}): Promise<Job> {
    for await (const event of this.events(id, options)) onEvent?.(event);
    return this.job(id, { signal: options.signal });
  }

  /** Log lines of the job from `after` on (default: the first one). */
  logs(id: string, { after, ...options }: CallOptions & { readonly after?: number } = {}): Promise<LogPage> {
    return this.#transport.json(`${jobPath(id)}/logs${queryOf({ from: after })}`, options);
  }

  /**
   * One file of a finished job, `manifest.json` included. The body is a stream, read as fast as you take it. When the line
   * breaks, it goes on with what is missing; it fails at its end with a `DamagedFileError` when the content is not what the
   * manifest says. Given the job itself, nothing else is asked for.
   * @example await pipeline(Readable.fromWeb((await kiln.download(job, "model.glb")).body), createWriteStream("model.glb"))
   */
  async download(job: string | Job, name: string, options: CallOptions = {}): Promise<Response> {
    const { id, manifest } = typeof job === "string" ? await this.job(job, options) : job;
    const path = `${jobPath(id)}/artifacts/${encodeURIComponent(name)}`;
    const response = await this.#transport.request(path, options);
    const artifact = manifest?.artifacts.find((one) => one.name === name);
    if (!artifact) return response;
    const rest = (start: number) => {
      const headers = { Range: `bytes=${start}-` };
      return patiently(() => this.#transport.request(path, { ...options, headers }), this.#transport, options.signal);
    };
    return verified(response, {
      url: response.url || this.api,
      name,
      sha256: artifact.sha256,
      rest,
      signal: options.signal,
    });
  }

  /** The address behind `download`, for links; it leads to a signed URL. Jobs made with a key need the key there. */
  artifactUrl(jobId: string, name: string): string {
    return `${this.api}${jobPath(jobId)}/artifacts/${encodeURIComponent(name)}`;
  }

  /** All files of a finished job as one zip, for links. */
  archiveUrl(jobId: string): string {
    return `${this.api}${jobPath(jobId)}/archive.zip`;
  }

  /**
   * Submits up to 1,000 jobs in one call; they may take each other's files as inputs (`{ key }`), which makes a chain. Repeated
   * when the answer is lost, as `createJob`.
   */
  createBatch(request: CreateBatchRequest, options: CreateOptions = {}): Promise<Batch> {
    return this.#transport.create("/v1/batches", request, options);
  }

  /** One page of the caller's batches, newest first, whose files are still kept; pass its `cursor` for the next page. */
  batches({ limit, cursor, ...call }: CallOptions & PagePlace = {}): Promise<BatchList> {
    return this.#transport.json(`/v1/batches${queryOf({ limit, cursor })}`, call);
  }

  /** All of them, a page asked for when it is needed. */
  listBatches(
    options: CallOptions & Pick<PageOptions, "limit"> = {},
  ): AsyncGenerator<BatchList["batches"][number], void, undefined> {
    return eachOf((cursor) => this.batches({ limit: PAGE, ...options, cursor }), "batches");
  }

  /** How the whole of a batch stands. */
  batch(id: string, options: CallOptions = {}): Promise<Batch> {
    return this.#transport.json(batchPath(id), options);
  }

  /** One page of a batch's jobs in the order of the request, up to 1,000; pass its `cursor` for the next page. */
  batchJobs(id: string, { limit, cursor, state, ...call }: CallOptions & PageOptions = {}): Promise<BatchJobList> {
    return this.#transport.json(`${batchPath(id)}/jobs${queryOf({ limit, cursor, state })}`, call);
  }

  /** All of them in the order of the request, a page asked for when it is needed. */
  listBatchJobs(
    id: string,
    options: CallOptions & Omit<PageOptions, "cursor"> = {},
  ): AsyncGenerator<BatchJob, void, undefined> {
    return eachOf((cursor) => this.batchJobs(id, { ...options, cursor }), "jobs");
  }

  /** The batch's events, live, from the first one or after `after`; ends when all jobs have ended. */
  batchEvents(id: string, options: EventOptions = {}): AsyncGenerator<BatchEvent, void, undefined> {
    return batchEvents(this.#transport, id, options);
  }

  /** Asks all jobs of a batch to stop. Those that have ended stay as they are. */
  cancelBatch(id: string, options: CallOptions = {}): Promise<Batch> {
    return this.#transport.json(`${batchPath(id)}/cancel`, { method: "POST", repeatable: true, ...options });
  }

  /** The files of all jobs that have succeeded by then as one zip, a folder for each, for links. Up to some 9,000 files. */
  batchArchiveUrl(id: string): string {
    return `${this.api}${batchPath(id)}/archive.zip`;
  }
}

interface WaitOptions {
  /** Told of every event on the way. */
  readonly onEvent?: (event: JobEvent) => void;
}
/** Of a list of jobs or batches. */
interface PageOptions extends PagePlace {
  readonly state?: JobState;
}
interface BulkRetry extends PagePlace {
  readonly state?: "failed" | "canceled" | "expired";
}

const jobPath = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}`;
const sharePath = (token: string): string => `/v1/shares/${encodeURIComponent(token)}`;
const sharedFile = (token: string, name: string): string => `${sharePath(token)}/artifacts/${encodeURIComponent(name)}`;
const batchPath = (id: string): string => `/v1/batches/${encodeURIComponent(id)}`;
