/** What `kiln` exits with, and the errors that decide it. */
import { KilnError, KilnUnreachableError } from "#client/kiln-error.ts";

export const EXIT = { ok: 0, jobFailed: 1, usage: 2, unreachable: 3, interrupted: 130, terminated: 143 } as const;

/** The command line is wrong, or names a file that can't be used. The message says what to do. */
export class UsageError extends Error {}

/** The job ended without its artifacts. `code` is a problem code of the contract, or `canceled` / `expired`. */
export class JobFailedError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "JobFailedError";
    this.code = code;
  }
}

/** The exit code for an error that ended the command. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof KilnUnreachableError) return EXIT.unreachable;
  if (error instanceof KilnError) {
    if (error.problem.status >= 500) return EXIT.unreachable;
    return ["invalid_request", "unknown_job_type", "unauthorized"].includes(error.code) ? EXIT.usage : EXIT.jobFailed;
  }
  return EXIT.jobFailed;
}
