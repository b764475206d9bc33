/** A job submitted with its files in one go, with parameters typed by the job type. */
import type { Job, Policy } from "#contract/job.ts";
import type { JobTypeName, JobTypeParams } from "#contract/job-types/params.ts";
import type { CreateJobRequest, RequestedInput } from "#contract/public-api.ts";
import type { CreateOptions, Transport } from "./transport.ts";
import type { Uploader } from "./uploads/uploader.ts";

/** The parameters of the job type called `T`; of one that this version does not know, anything. */
export type ParamsOf<T extends string> = T extends JobTypeName ? JobTypeParams[T] : Readonly<Record<string, unknown>>;

interface NamedFile {
  readonly file: Blob;
  readonly filename?: string;
  /** One of the type's `inputs.roles`, for a file beside those that are worked on. */
  readonly role?: string;
}
/** A file to send. A `File` brings its name along; of a Blob it is said here. */
export type SubmittedFile = Blob | NamedFile;

export interface SubmitOptions extends CreateOptions {
  /** Files to send, in the order in which the job takes them. */
  readonly files?: readonly SubmittedFile[];
  /** Inputs that are there already: uploads, files of other jobs. They come before `files`. */
  readonly inputs?: readonly RequestedInput[];
  /** A preset of the type, or of the account's own; `params` win over it. */
  readonly preset?: string;
  readonly policy?: Policy;
  /** Called with the bytes of all files sent so far. */
  readonly onUpload?: (sentBytes: number, totalBytes: number) => void;
}

/** `POST /v1/jobs`, sent under a key of its own where the caller is somebody. */
export function createJob(transport: Transport, request: CreateJobRequest, options: CreateOptions = {}): Promise<Job> {
  return transport.create("/v1/jobs", request, options);
}

/** Sends the files, a few at once, and submits the job. The first failure ends all. */
export async function submit<T extends string>(
  transport: Transport,
  uploader: Uploader,
  type: T,
  params: ParamsOf<T>,
  { files = [], inputs = [], preset, policy, onUpload, ...options }: SubmitOptions = {},
): Promise<Job> {
  const sent = await sendFiles(uploader, files, onUpload, options.signal);
  const named = { type, ...(preset === undefined ? {} : { preset }), params: { ...params } };
  const request = { ...named, inputs: [...inputs, ...sent], ...(policy ? { policy } : {}) };
  return createJob(transport, request, options);
}

async function sendFiles(
  uploader: Uploader,
  files: readonly SubmittedFile[],
  onProgress: SubmitOptions["onUpload"],
  signal: AbortSignal | undefined,
): Promise<RequestedInput[]> {
  const named = files.map((file): NamedFile => (file instanceof Blob ? { file } : file));
  const uploads = await uploader.uploadAll(named, { onProgress, signal });
  return uploads.map(({ id: upload }, index) => {
    const role = named[index]?.role;
    return role === undefined ? { upload } : { upload, role };
  });
}
