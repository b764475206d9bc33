/**
 * The Kiln client: everything a user can do with a server, for browsers, Node and Workers. Used by the site, the CLI
 * and the demo. Holds no state besides where the server is and who is asking.
 */
import type { Job, JobEvent } from "#contract/job.ts";
import type { CreateJobRequest, Health, JobList, JobTypeInfo, RerunRequest } from "#contract/public-api.ts";
import type { Upload } from "#contract/upload.ts";
import { type EventOptions, jobEvents } from "./event-stream.ts";
import { Transport, type TransportOptions } from "./transport.ts";
import { type UploadOptions, uploadFile } from "./upload-file.ts";

interface CallOptions {
  readonly signal?: AbortSignal;
  /** false = fail at once when the server does not answer. */
  readonly repeatable?: boolean;
}

/** A new token for `session`: 128 random bits in hex. Keep it, and the jobs made with it can be listed again. */
export function newSession(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Every method throws `KilnError` when the server refuses and `KilnUnreachableError` when it does not answer; calls
 * that are safe to repeat have been repeated by then.
 */
export class Kiln {
  readonly #transport: Transport;

  constructor(options: TransportOptions) {
    this.#transport = new Transport(options);
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

  /** Sends a file; the upload's `id` is an input for `createJob`. In Node, `fs.openAsBlob` makes a Blob of a path. */
  upload(file: Blob, options: UploadOptions = {}): Promise<Upload> {
    return uploadFile(this.#transport, file, options);
  }

  /** Submits a job. Not repeated when the answer is lost, because that could run it twice. */
  createJob(request: CreateJobRequest, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json("/v1/jobs", { method: "POST", json: request, ...options });
  }

  /**
   * A new job with the inputs of an earlier one: `params` are put over its parameters (null = back to the default), and what
   * its runner has finished need not be done again. Not repeated when the answer is lost.
   */
  rerunJob(id: string, request: RerunRequest = {}, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json(`${jobPath(id)}/rerun`, { method: "POST", json: request, ...options });
  }

  job(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json(jobPath(id), options);
  }

  /** One page of the caller's jobs, newest first; pass its `cursor` for the next page. */
  jobs({ limit, cursor, signal }: CallOptions & { limit?: number; cursor?: string } = {}): Promise<JobList> {
    const query = new URLSearchParams();
    if (limit !== undefined) query.set("limit", String(limit));
    if (cursor !== undefined) query.set("cursor", cursor);
    return this.#transport.json(`/v1/jobs?${query}`, { signal });
  }

  /** Asks the job to stop. The answer is the job as it is now; a job that was final already stays as it is. */
  cancel(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json(`${jobPath(id)}/cancel`, { method: "POST", repeatable: true, ...options });
  }

  /** The job's events, live, from the first one or after `after`; ends with the job. */
  events(id: string, options: EventOptions = {}): AsyncGenerator<JobEvent, void, undefined> {
    return jobEvents(this.#transport, id, options);
  }

  /** One file of a finished job, `manifest.json` included. The body is a stream. */
  download(jobId: string, name: string, options: CallOptions = {}): Promise<Response> {
    return this.#transport.request(`${jobPath(jobId)}/artifacts/${encodeURIComponent(name)}`, options);
  }

  /** The address behind `download`, for links; it leads to a signed URL. Jobs made with a key need the key there. */
  artifactUrl(jobId: string, name: string): string {
    return `${this.api}${jobPath(jobId)}/artifacts/${encodeURIComponent(name)}`;
  }
}

const jobPath = (id: string): string => `/v1/jobs/${encodeURIComponent(id)}`;
