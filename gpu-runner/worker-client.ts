/**
 * `RunnerApi` over HTTP: the only place of the runner that calls the Worker. Every answer is checked against the
 * contract. Network errors, 429 and 5xx are tried again with backoff; other refusals are final.
 */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { z } from "zod";
import type { JobError, Progress } from "#contract/job.ts";
import type { Artifact, Manifest } from "#contract/manifest.ts";
import { problemCodeSchema, problemSchema } from "#contract/problem.ts";
import {
  artifactTargetSchema,
  type Checkpoint,
  type ClaimRequest,
  checkpointListSchema,
  checkpointTargetSchema,
  claimedSchema,
  type FetchedInput,
  type Lease,
  type LeaseRequest,
  type LeaseStatus,
  leaseSchema,
  leaseStatusSchema,
  type PartsRequest,
  type RegisterRequest,
  type RegisterResponse,
  registerResponseSchema,
  settledSchema,
} from "#contract/runner-api.ts";
import { type Clock, jitter, systemClock } from "./clock.ts";
import { type FilePiece, PIECE_BYTES, piecesOf, savePiece } from "./file-piece.ts";
import { ApiError, LeaseLostError, type LeaseRef, type RunnerApi } from "./runner-api.ts";
import { StallWatch } from "./stall-watch.ts";

/** A control call that has no answer after this time is given up, and tried again where that makes sense. */
const CALL_TIMEOUT_MS = 10_000;
/** Slowest transfer that is still waited for, and the time any transfer gets on top. */
const MIN_BYTES_PER_MS = 50;
const TRANSFER_BASE_MS = 60_000;
/** A transfer in which nothing has moved for so long is tried again. */
const STALL_MS = 20_000;
const BACKOFF_BASE_MS = 250;
const BACKOFF_MAX_MS = 5_000;
const BACKOFF_JITTER = 0.5;
/** Longest `Retry-After` that is waited for: well inside a lease. */
const RETRY_AFTER_MAX_MS = 20_000;
/** Calls that settle an attempt or move its files: about 20 s of trying, well inside a lease. */
const MANY_TRIES = 8;
/** What a file system says when it can't take more: no retry over the network mends that. */
const DISK_ERRORS: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EFBIG"]);
/** A heartbeat, or a lease request, comes again anyway. */
const FEW_TRIES = 2;

interface Call {
  readonly name: string;
  readonly method: "POST" | "PUT" | "GET";
  readonly url: string;
  readonly headers?: Record<string, string>;
  body?(watch: StallWatch | undefined): RequestInit["body"];
  readonly tries: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Of a transfer: ends it when nothing moves. Made anew for every try. */
  watch?(): StallWatch;
  /** The call names a lease: "no such job" means that it is lost. */
  readonly leased: boolean;
}

export class WorkerClient implements RunnerApi {
  readonly #base: string;
  readonly #key: string;
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #pieceBytes: number;

  /** `api` is the Worker's address, `key` a runner key; `stallMs`: how long nothing may move in a transfer. */
  constructor({
    api,
    key,
    clock = systemClock,
    stallMs = STALL_MS,
    pieceBytes = PIECE_BYTES,
  }: {
    api: string;
    key: string;
    clock?: Clock;
    stallMs?: number;
    /** Larger files are fetched in pieces of so many bytes. */
    pieceBytes?: number;
  }) {
    this.#stallMs = stallMs;
    this.#pieceBytes = pieceBytes;
    this.#base = `${api}/runner/v1`;
    this.#key = key;
    this.#clock = clock;
  }

  register(request: RegisterRequest): Promise<RegisterResponse> {
    return this.#post("register", request, registerResponseSchema, { tries: 1 });
  }

  async lease(request: LeaseRequest): Promise<Lease | null> {
    return await this.#post("lease", request, leaseSchema.nullable(), { tries: FEW_TRIES });
  }

  extend(lease: LeaseRef & Pick<Lease, "heartbeatMs">): Promise<LeaseStatus> {
    // One that hangs must leave time for the next ones before the lease is over.
    const timeoutMs = Math.min(CALL_TIMEOUT_MS, lease.heartbeatMs);
    return this.#postJob(lease, "extend", {}, leaseStatusSchema, { tries: FEW_TRIES, timeoutMs });
  }

  progress(lease: LeaseRef, progress: Progress): Promise<LeaseStatus> {
    return this.#postJob(lease, "progress", { progress }, leaseStatusSchema, { tries: 1 });
  }

  logs(lease: LeaseRef, batch: number, lines: readonly string[]): Promise<LeaseStatus> {
    return this.#postJob(lease, "logs", { batch, lines }, leaseStatusSchema, { tries: FEW_TRIES });
  }

  async putArtifact(lease: LeaseRef, artifact: Artifact, path: string, signal: AbortSignal): Promise<void> {
    const { name, bytes, sha256, contentType } = artifact;
    const options = { tries: MANY_TRIES, signal };
    const request = { name, bytes, sha256, contentType };
    const { url } = await this.#postJob(lease, "artifacts", request, artifactTargetSchema, options);
    await this.#put(url, { name, bytes, contentType }, () => createReadStream(path), signal);
  }

  async putCheckpoint(
    lease: LeaseRef,
    checkpoint: Omit<Checkpoint, "url">,
    content: () => Readable,
    signal: AbortSignal,
  ): Promise<void> {
    const { name, bytes, sha256 } = checkpoint;
    const options = { tries: MANY_TRIES, signal };
    const { url } = await this.#postJob(lease, "checkpoints", { name, bytes, sha256 }, checkpointTargetSchema, options);
    await this.#put(url, { name, bytes, contentType: "application/octet-stream" }, content, signal);
  }

  async listCheckpoints(lease: LeaseRef, signal: AbortSignal): Promise<Checkpoint[]> {
    const options = { tries: MANY_TRIES, signal };
    const { checkpoints } = await this.#postJob(lease, "checkpoints/list", {}, checkpointListSchema, options);
    return checkpoints;
  }

  async announceParts(lease: LeaseRef, parts: PartsRequest, signal: AbortSignal): Promise<LeaseStatus | null> {
    const body = { leaseId: lease.leaseId, ...parts };
    try {
      // Not as a call on the lease: that a Worker has no such route says nothing about the job.
      return await this.#post(`jobs/${lease.jobId}/parts`, body, leaseStatusSchema, { tries: FEW_TRIES, signal });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  async claimParts(lease: LeaseRef, request: ClaimRequest, signal: AbortSignal): Promise<string[]> {
    const options = { tries: MANY_TRIES, signal };
    return (await this.#postJob(lease, "parts/claim", request, claimedSchema, options)).names;
  }

  async complete(lease: LeaseRef, manifest: Manifest, signal: AbortSignal): Promise<void> {
    await this.#postJob(lease, "complete", { manifest }, settledSchema, { tries: MANY_TRIES, signal });
  }

  async fail(lease: LeaseRef, error: JobError, retryable: boolean, signal: AbortSignal): Promise<void> {
    await this.#postJob(lease, "fail", { error, retryable }, settledSchema, { tries: MANY_TRIES, signal });
  }

  async release(lease: LeaseRef, reason: "shutdown" | "canceled", signal: AbortSignal): Promise<void> {
    await this.#postJob(lease, "release", { reason }, settledSchema, { tries: MANY_TRIES, signal });
  }

  async noteInput(lease: LeaseRef, fetched: FetchedInput, signal: AbortSignal): Promise<void> {
    await this.#postJob(lease, "inputs", fetched, leaseStatusSchema, { tries: MANY_TRIES, signal });
  }

  async download(url: string, path: string, bytes: number, signal: AbortSignal): Promise<void> {
    for (const piece of piecesOf(bytes, this.#pieceBytes)) await this.#downloadPiece(url, path, piece, signal);
  }

  async #downloadPiece(url: string, path: string, piece: FilePiece, signal: AbortSignal): Promise<void> {
    const bytes = piece.end - piece.start;
    const call: Call = {
      name: "download",
      method: "GET",
      url: new URL(url, this.#base).href,
      ...(piece.range === null ? {} : { headers: { range: piece.range } }),
      tries: 1,
      timeoutMs: transferTimeoutMs(bytes),
      signal,
      leased: false,
    };
    await this.#retry({ ...call, tries: MANY_TRIES }, async () => {
      const watch = new StallWatch(this.#stallMs);
      const received = await this.#save({ ...call, watch: () => watch }, path, piece, signal).finally(() =>
        watch.end(),
      );
      if (received !== bytes)
        throw new ApiError("download", null, "checksum_mismatch", `${received} of ${bytes} bytes came`);
    });
  }

  /** One try; returns how many bytes came. What the disk refuses is no fault of the network. */
  async #save(call: Call, path: string, piece: FilePiece, signal: AbortSignal): Promise<number> {
    const response = await this.#send(call);
    if (piece.range !== null && response.status !== 206) {
      await response.body?.cancel();
      throw new ApiError("download", response.status, null, "the answer is not the range that was asked for");
    }
    const stream = response.body as import("node:stream/web").ReadableStream | null;
    const body = stream ? Readable.fromWeb(call.watch?.().over(stream) ?? stream) : Readable.from([]);
    return await savePiece(body, path, piece, signal).catch((cause) => {
      if (DISK_ERRORS.has((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
      throw new ApiError("download", null, null, "broke off", { cause });
    });
  }

  /** Sends a file of a job to where the Worker said. */
  async #put(
    url: string,
    { name, bytes, contentType }: Pick<Artifact, "name" | "bytes" | "contentType">,
    content: () => Readable,
    signal: AbortSignal,
  ): Promise<void> {
    const response = await this.#send({
      name: `PUT ${name}`,
      method: "PUT",
      url: new URL(url, this.#base).href,
      // R2 refuses a stream of unknown length.
      headers: { "content-length": String(bytes), "content-type": contentType },
      body: (watch) => {
        const stream = Readable.toWeb(content());
        return (watch?.over(stream) ?? stream) as unknown as RequestInit["body"];
      },
      watch: () => new StallWatch(this.#stallMs),
      tries: MANY_TRIES,
      timeoutMs: transferTimeoutMs(bytes),
      signal,
      leased: true,
    });
    await response.body?.cancel();
  }

  #postJob<T>(
    lease: LeaseRef,
    call: string,
    body: object,
    schema: z.ZodType<T>,
    options: { tries: number; signal?: AbortSignal; timeoutMs?: number },
  ): Promise<T> {
    return this.#post(`jobs/${lease.jobId}/${call}`, { leaseId: lease.leaseId, ...body }, schema, {
      ...options,
      leased: true,
    });
  }

  async #post<T>(
    path: string,
    body: object,
    schema: z.ZodType<T>,
    options: { tries: number; signal?: AbortSignal; leased?: boolean; timeoutMs?: number },
  ): Promise<T> {
    const response = await this.#send({
      name: path,
      method: "POST",
      url: `${this.#base}/${path}`,
      headers: { authorization: `Bearer ${this.#key}`, "content-type": "application/json" },
      body: () => JSON.stringify(body),
      timeoutMs: CALL_TIMEOUT_MS,
      leased: false,
      ...options,
    });
    const answer: unknown = response.status === 204 ? null : await response.json().catch(() => undefined);
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new ApiError(path, response.status, null, `the answer is not as agreed: ${z.prettifyError(parsed.error)}`);
  }

  /** Sends with retries. Resolves with a 2xx answer only. */
  #send(call: Call): Promise<Response> {
    return this.#retry(call, async () => {
      const timeout = AbortSignal.timeout(call.timeoutMs);
      const watch = call.watch?.();
      const signals = [timeout, call.signal, watch?.signal].filter((signal) => signal !== undefined);
      const init: RequestInit & { duplex: "half" } = {
        method: call.method,
        headers: call.headers,
        body: call.body?.(watch),
        signal: AbortSignal.any(signals),
        duplex: "half",
        // Else fetch keeps a copy of all that it sends, for redirects and log-ins that can't be (undici, lib/web/fetch/index.js,
        // httpNetworkOrCacheFetch: the request is cloned unless it has no window and follows nothing).
        ...(call.method === "PUT" ? { redirect: "error", window: null } : {}),
      };
      const response = await fetch(call.url, init).catch((cause) => {
        const isLate = timeout.aborted || watch?.signal.aborted;
        watch?.end();
        throw new ApiError(call.name, null, null, isLate ? "timed out" : reasonOf(cause), { cause });
      });
      // An answer with a file in it is watched to its end by who reads it.
      if (call.method === "PUT") watch?.end();
      if (response.ok) return response;
      throw await toError(call, response);
    });
  }

  async #retry<T>(call: Pick<Call, "tries" | "signal">, action: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      call.signal?.throwIfAborted();
      try {
        return await action();
      } catch (error) {
        call.signal?.throwIfAborted();
        if (attempt >= call.tries || !(error instanceof ApiError) || !isWorthRetrying(error)) throw error;
        const backoffMs = Math.min(BACKOFF_BASE_MS * 2 ** (attempt - 1), BACKOFF_MAX_MS);
        const waitMs = Math.max(jitter(backoffMs, BACKOFF_JITTER), error.retryAfterMs);
        await this.#clock.sleep(waitMs, call.signal);
      }
    }
  }
}

function isWorthRetrying({ status }: ApiError): boolean {
  return status === null || status === 429 || status >= 500;
}

/** A newer Worker may have codes that are not known here; what it says is for people in any case. */
const problemOfAnyVersion = problemSchema.extend({ code: problemCodeSchema.nullable().catch(null) });

async function toError(call: Call, response: Response): Promise<Error> {
  const problem = problemOfAnyVersion.safeParse(await response.json().catch(() => undefined)).data;
  const detail = problem?.detail ?? response.statusText;
  const jobIsGone = call.leased && call.method === "POST" && (response.status === 404 || response.status === 410);
  if (problem?.code === "lease_lost" || jobIsGone) return new LeaseLostError(`${call.name}: ${detail}`);
  const retryAfterMs = readRetryAfterMs(response);
  return new ApiError(call.name, response.status, problem?.code ?? null, detail, { retryAfterMs });
}

/** How long a 429 or 503 asks to wait, bounded: seconds or a date, which is compared with the server's own clock (RFC 9110 §10.2.3). */
function readRetryAfterMs({ status, headers }: Response): number {
  const value = headers.get("retry-after");
  if (value === null || (status !== 429 && status !== 503)) return 0;
  const serverNow = Date.parse(headers.get("date") ?? "") || Date.now();
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - serverNow;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), RETRY_AFTER_MAX_MS);
}

function transferTimeoutMs(bytes: number): number {
  return TRANSFER_BASE_MS + Math.ceil(bytes / MIN_BYTES_PER_MS);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
