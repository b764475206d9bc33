/** What `import … from "kiln/client"` gives: the client, its errors, and the types of what it takes and answers. */
export type { ApiKey, ApiKeyWithSecret, CreateKeyRequest, Scope } from "#contract/access.ts";
export type { Batch, BatchEvent, BatchJob, BatchJobList, CreateBatchRequest } from "#contract/batch.ts";
export type { Caller } from "#contract/caller.ts";
export type { Job, JobError, JobEvent, JobInput, Policy, Progress, QueuePlace } from "#contract/job.ts";
export { FINAL_STATES, JOB_STATES, type JobState } from "#contract/job-states.ts";
export type { JobTypeName, JobTypeParams } from "#contract/job-types/params.ts";
export type { Artifact, Manifest } from "#contract/manifest.ts";
export type { Preset, PutPresetRequest } from "#contract/preset.ts";
export type { FieldError, Problem, ProblemCode } from "#contract/problem.ts";
export type {
  CreateJobRequest,
  Health,
  JobComparison,
  JobList,
  JobTypeInfo,
  JobVersions,
  LogPage,
  RequestedInput,
  RerunRequest,
} from "#contract/public-api.ts";
export type { CreateShareRequest, Share, SharedJob } from "#contract/share.ts";
export type { Upload } from "#contract/upload.ts";
export type { Usage, UsageAmount } from "#contract/usage.ts";
export type { EventOptions } from "./event-stream.ts";
export { type FinishedJob, Kiln, newSession } from "./kiln.ts";
export { DamagedFileError, JobFailedError, KilnError, KilnUnreachableError } from "./kiln-error.ts";
export type { RateLimit } from "./rate-limit.ts";
export type { ParamsOf, SubmitOptions, SubmittedFile } from "./submission.ts";
export type { CallOptions, CreateOptions, TransportOptions } from "./transport.ts";
export type { KeyValueStore } from "./uploads/upload-memory.ts";
export type { UploadAllOptions, UploadedFile, UploaderOptions, UploadOptions } from "./uploads/uploader.ts";
