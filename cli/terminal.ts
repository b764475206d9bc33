/** What the commands need of the process they run in; tests pass their own. */
import type { Readable } from "node:stream";
import type { ProgressOutput } from "./display/progress-line.ts";

export interface Terminal {
  /** Read where a file is named `-`, and for a key. */
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Results. */
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Progress and errors. */
  readonly stderr: ProgressOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative paths start from. */
  readonly cwd: string;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  /** What is said to a user who interrupts a second time and so leaves the job as it is. */
  readonly parting: { words: string };
}
