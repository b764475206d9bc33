/** The one error type of the Worker (what the client may read is in it; causes go to the log only), and which of the platform's pass. */
import type { FieldError, ProblemCode } from "#contract/problem.ts";

/** An error with a public code. `detail` is a sentence that tells the client what to do. */
export class AppError extends Error {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: ProblemCode,
    detail: string,
    options: { errors?: readonly FieldError[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.detail = detail;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
}

/**
 * What the platform's errors say that pass by themselves. R2, D1 and Durable Objects throw plain Errors, and one that
 * crosses a Durable Object keeps its message only.
 * Sources: R2's error codes 10001 and 10043 (developers.cloudflare.com/r2/api/error-codes), D1's errors that may be
 * retried (developers.cloudflare.com/d1/observability/debug-d1), Durable Objects' troubleshooting page.
 */
const PASSING = [
  /network connection lost/i,
  /please try again/i,
  /\(100(01|43)\)/,
  /storage (operation )?(caused object to be reset|exceeded timeout)/i,
  /reset because its code was updated/i,
  /cannot resolve D1 DB due to transient issue/i,
  /starting up D1 DB storage caused object to be reset/i,
  /overloaded/i,
];

/** What the platform failed to do and may well do in a moment. Its message says so: that is all that crosses an object. */
export class TransientError extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(`${what} Please try again.`, options);
    this.name = "TransientError";
  }
}

/** Whether the same request is likely to work in a moment. */
export function isTransient(error: unknown): boolean {
  const { retryable, overloaded, message } = (error ?? {}) as Record<string, unknown>;
  if (retryable === true || overloaded === true) return true;
  return typeof message === "string" && PASSING.some((pattern) => pattern.test(message));
}
