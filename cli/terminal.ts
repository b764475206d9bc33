/** What the commands need of the process they run in; tests pass their own. */
import type { ProgressOutput } from "./display/progress-line.ts";

export interface Terminal {
  /** Results. */
  readonly stdout: { write(text: string): unknown };
  /** Progress and errors. */
  readonly stderr: ProgressOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative paths start from. */
  readonly cwd: string;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
}
