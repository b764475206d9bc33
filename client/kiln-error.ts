/** What can go wrong when a client talks to Kiln: the server answered with a problem, it did not answer, a file was damaged. */
import type { Job } from "#contract/job.ts";
import type { FieldError, Problem } from "#contract/problem.ts";
import { type RateLimit, rateLimitsOf } from "./rate-limit.ts";

/** The server refused: `problem` is its answer (RFC 9457). The message is `detail`, a sentence that says what to do. */
export class KilnError extends Error {
  readonly problem: Problem;
  /** Seconds to wait before the same request may succeed, where the server said so. */
  readonly retryAfter: number | null;
  /** How the limits stand that the request was counted against; empty where the answer does not say. */
  readonly rateLimits: readonly RateLimit[];
  constructor(problem: Problem, retryAfter: number | null = null, rateLimits: readonly RateLimit[] = []) {
    super(problem.detail);
    this.name = "KilnError";
    this.problem = problem;
    this.retryAfter = retryAfter;
    this.rateLimits = rateLimits;
  }
  /** The problem's public name, e.g. `invalid_request`. */
  get code(): Problem["code"] {
    return this.problem.code;
  }
  /** The answer's HTTP status. */
  get status(): number {
    return this.problem.status;
  }
  /** The fields that are wrong, each with its dotted path into the request; empty when it is not about fields. */
  get fields(): readonly FieldError[] {
    return this.problem.errors ?? [];
  }
}

/** No usable answer: the server can't be reached, or something that is not Kiln answered. */
export class KilnUnreachableError extends Error {
  constructor(url: string, reason: string, cause?: unknown) {
    super(`Cannot reach ${new URL(url).origin}: ${reason}`, { cause });
    this.name = "KilnUnreachableError";
  }
}

/** A job ended without its files: it failed, was cancelled, or expired. The message says why. */
export class JobFailedError extends Error {
  readonly job: Job;
  constructor(job: Job) {
    super(job.error?.message ?? `The job is ${job.state}.`);
    this.name = "JobFailedError";
    this.job = job;
  }
  /** What went wrong, e.g. `input_invalid`; where nothing did, how the job ended. */
  get code(): string {
    return this.job.error?.code ?? this.job.state;
  }
}

/** A file arrived with another content than its manifest says. */
export class DamagedFileError extends Error {
  readonly code = "checksum_mismatch";
  constructor(name: string) {
    super(`${name} arrived damaged: its SHA-256 is not the one in the manifest. Download it again.`);
    this.name = "DamagedFileError";
  }
}

/** The seconds of a `Retry-After` header; null without one, or with a date. */
export function retryAfterS(response: Response): number | null {
  const header = response.headers.get("Retry-After");
  return header !== null && /^\d+$/.test(header) ? Number(header) : null;
}

/** Whether a body is a problem document. A code that this version does not know yet is one too. */
function isProblem(body: unknown): body is Problem {
  const { code, detail, status, retryable } = (body ?? {}) as Partial<Problem>;
  return (
    typeof code === "string" &&
    typeof detail === "string" &&
    typeof status === "number" &&
    typeof retryable === "boolean"
  );
}

/**
 * Turns a failed answer into an error. An answer without a problem document (a proxy's page, say) is told by its status.
 * `url` is what was asked. Reads the body.
 */
export async function toError(response: Response, url: string): Promise<KilnError | KilnUnreachableError> {
  const text = await response.text();
  try {
    const body: unknown = JSON.parse(text);
    if (isProblem(body)) return new KilnError(body, retryAfterS(response), rateLimitsOf(response.headers));
  } catch {
    // Not JSON, so it is told by its status like any other page.
  }
  return new KilnUnreachableError(url, `it answered ${response.status} ${response.statusText}`.trim());
}
