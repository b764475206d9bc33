/** What a command of `kiln` declares of itself. Help, completion and suggestions are made from it. */
import type { FlagSpec } from "../arguments/flags.ts";
import type { Terminal } from "../terminal.ts";

/** What the words behind a command are, for completion. */
export type WordKind = "job-type" | "file" | "job" | "command" | "none";

export interface Command {
  readonly name: string;
  readonly group: (typeof GROUPS)[number];
  /** A few words for the list of commands. */
  readonly summary: string;
  /** How it is called, a form a line, without `kiln`. */
  readonly usage: readonly string[];
  /** More than the summary, for `kiln help NAME`. */
  readonly description?: string;
  readonly flags: readonly FlagSpec[];
  /** Command line (without `kiln`) and what it is for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** The first word, and those behind it. */
  readonly words: readonly [WordKind | readonly string[], WordKind];
  /** Takes the parameters of the job type that is its first word as flags. */
  readonly typed?: true;
  /** Help that depends on the arguments, e.g. on a job type; null = the command's own. */
  help?(args: readonly string[]): string | null;
  /** Resolves when all is done, with an exit code where that is not 0. */
  run(args: readonly string[], terminal: Terminal): Promise<number | undefined>;
}

/** In the order of the help text. */
export const GROUPS = ["Make something", "Jobs", "Server and account", "This machine"] as const;
