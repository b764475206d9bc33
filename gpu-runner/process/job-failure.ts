/**
 * A failure with a public code: the only error whose message a user sees. It lives at the bottom of the runner's import
 * order, because a child process, an engine and a step all end in it.
 */
import type { ProblemCode } from "#contract/problem.ts";

/** Bad input is not retryable; `message` is a sentence that says what the user can do. */
export class JobFailure extends Error {
  readonly code: ProblemCode;
  readonly retryable: boolean;
  constructor(code: ProblemCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "JobFailure";
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
