/**
 * The Worker as an attempt sees it. `worker-client.ts` speaks HTTP; tests have one in memory. What each call means, and
 * what may be repeated, is written in contract/runner-api.ts.
 */
import type { Readable } from "node:stream";
import type { JobError, Progress } from "#contract/job.ts";
import type { Artifact, Manifest } from "#contract/manifest.ts";
import type { ProblemCode } from "#contract/problem.ts";
import type {
  Checkpoint,
  ClaimRequest,
  FetchedInput,
  Lease,
  LeaseRequest,
  LeaseStatus,
  PartsRequest,
  RegisterRequest,
  RegisterResponse,
} from "#contract/runner-api.ts";

/** Job and fence, part of every call on a job. */
export type LeaseRef = Pick<Lease, "jobId" | "leaseId">;

/**
 * Every call on a job rejects with `LeaseLostError` once the lease is not ours any more, and with `ApiError` when the
 * Worker refuses or can't be reached after the retries that suit the call.
 */
export interface RunnerApi {
  register(request: RegisterRequest): Promise<RegisterResponse>;
  /** A lease, or null when there is no work. The same `requestId` again gets the same lease, while it lives. */
  lease(request: LeaseRequest): Promise<Lease | null>;
  extend(lease: LeaseRef & Pick<Lease, "heartbeatMs">): Promise<LeaseStatus>;
  progress(lease: LeaseRef, progress: Progress): Promise<LeaseStatus>;
  /** `batch` counts from 1 within the lease. */
  logs(lease: LeaseRef, batch: number, lines: readonly string[]): Promise<LeaseStatus>;
  /** Uploads the file at `path` as `artifact`. */
  putArtifact(lease: LeaseRef, artifact: Artifact, path: string, signal: AbortSignal): Promise<void>;
  /** Uploads a checkpoint. `content` gives its bytes from the start, anew for every try. */
  putCheckpoint(
    lease: LeaseRef,
    checkpoint: Omit<Checkpoint, "url">,
    content: () => Readable,
    signal: AbortSignal,
  ): Promise<void>;
  listCheckpoints(lease: LeaseRef, signal: AbortSignal): Promise<Checkpoint[]>;
  /** Names the parts of a stage. Null when the Worker is too old to share any. */
  announceParts(lease: LeaseRef, parts: PartsRequest, signal: AbortSignal): Promise<LeaseStatus | null>;
  /** What an assistant is to make: names of parts, those that it has and has not made yet among them. */
  claimParts(lease: LeaseRef, request: ClaimRequest, signal: AbortSignal): Promise<string[]>;
  complete(lease: LeaseRef, manifest: Manifest, signal: AbortSignal): Promise<void>;
  fail(lease: LeaseRef, error: JobError, retryable: boolean, signal: AbortSignal): Promise<void>;
  release(lease: LeaseRef, reason: "shutdown" | "canceled", signal: AbortSignal): Promise<void>;
  /** Tells what was found at an input's URL. Rejects with `ApiError` `input_changed` when another file belongs there. */
  noteInput(lease: LeaseRef, fetched: FetchedInput, signal: AbortSignal): Promise<void>;
  /** Downloads `url` to `path`, which must become exactly `bytes` long. */
  download(url: string, path: string, bytes: number, signal: AbortSignal): Promise<void>;
}

/** The lease is not ours: kill, forget, say nothing. */
export class LeaseLostError extends Error {
  constructor(detail: string) {
    super(`lease lost: ${detail}`);
    this.name = "LeaseLostError";
  }
}

/** A call that failed for good. `status` is null when no answer came. */
export class ApiError extends Error {
  readonly status: number | null;
  readonly code: ProblemCode | null;
  /** How long the Worker asks to wait before the next try, ms. */
  readonly retryAfterMs: number;
  constructor(
    call: string,
    status: number | null,
    code: ProblemCode | null,
    detail: string,
    { cause, retryAfterMs = 0 }: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(`${call}: ${status ?? "no answer"} ${code ?? ""} ${detail}`.trim(), { cause });
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
