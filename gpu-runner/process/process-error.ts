/** A child process that did not do its work, with the first thing that went wrong. For logs: never shown to a user as it is. */

/** The first cause: `exit` = ended with a code or without a result, `signal` = killed by one that the runner did not send. */
export type ProcessFailure = "timeout" | "aborted" | "exit" | "signal" | "spawn";

export class ProcessError extends Error {
  readonly reason: ProcessFailure;
  readonly program: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last lines it wrote to stderr. */
  readonly stderrTail: string;

  constructor(
    reason: ProcessFailure,
    program: string,
    details: {
      exitCode?: number | null;
      signal?: string | null;
      stderrTail?: string;
      text?: string;
      cause?: unknown;
    } = {},
  ) {
    const { exitCode = null, signal = null, stderrTail = "", text } = details;
    super(`${program}: ${text ?? describe(reason, exitCode, signal)}${stderrTail && `\n${stderrTail}`}`, {
      cause: details.cause,
    });
    this.name = "ProcessError";
    this.reason = reason;
    this.program = program;
    this.exitCode = exitCode;
    this.signal = signal;
    this.stderrTail = stderrTail;
  }
}

function describe(reason: ProcessFailure, exitCode: number | null, signal: string | null): string {
  switch (reason) {
    case "timeout":
      return "took too long and was stopped";
    case "aborted":
      return "was stopped";
    case "exit":
      return `ended with exit code ${exitCode}`;
    case "signal":
      return `was killed by ${signal}`;
    case "spawn":
      return "could not be started";
  }
}
