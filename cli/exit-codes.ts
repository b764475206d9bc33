/** What `kiln` exits with, and the errors that decide it. */
import { KilnError, KilnUnreachableError } from "#client/kiln-error.ts";

export const EXIT = {
  ok: 0,
  jobFailed: 1,
  usage: 2,
  unreachable: 3,
  notAllowed: 4,
  interrupted: 130,
  terminated: 143,
} as const;

/** What each of them means, for help. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, "all is done; of a job, its files are on disk"],
  [EXIT.jobFailed, "the job, or one of several, did not give its files; doctor found something missing"],
  [EXIT.usage, "the command line is wrong, or a file can't be used"],
  [EXIT.unreachable, "no server answers, or it is at fault"],
  [EXIT.notAllowed, "the key is missing, wrong or may not do that, or a limit is reached"],
  [EXIT.interrupted, "interrupted by Ctrl-C"],
];

/** The command line is wrong, or names a file that can't be used. The message says what to do. */
export class UsageError extends Error {}

/** A job, or one of several, did not give its files. `code` is a problem code of the contract, or `canceled` / `expired`. */
export class NoFilesError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "NoFilesError";
    this.code = code;
  }
}

/** The exit code for an error that ended the command. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof KilnUnreachableError) return EXIT.unreachable;
  if (error instanceof KilnError) {
    if (error.problem.status >= 500) return EXIT.unreachable;
    if ([401, 403, 429].includes(error.status)) return EXIT.notAllowed;
    return ["invalid_request", "unknown_job_type"].includes(error.code) ? EXIT.usage : EXIT.jobFailed;
  }
  return EXIT.jobFailed;
}
