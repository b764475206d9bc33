/** Picks the command, runs it, and turns whatever goes wrong into one line and an exit code. */
import { KilnError } from "#client/kiln-error.ts";
import { COMMANDS, findCommand } from "./commands/table.ts";
import { printable } from "./display/cells.ts";
import { commandHelp, overview } from "./display/command-help.ts";
import { errorJson, writeJson } from "./display/json-lines.ts";
import { duration } from "./display/table.ts";
import { EXIT, exitCodeFor, NoFilesError, UsageError } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";
import { readVersion } from "./version.ts";

/** Thrown by the abort signal when the user stops the command. */
export class InterruptedError extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super("Interrupted.");
    this.name = "InterruptedError";
    this.exitCode = exitCode;
  }
}

/** Runs a command line (without node and script) and resolves with the exit code. */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...args] = argv;
  try {
    if (name === undefined || name === "--help" || name === "-h") {
      terminal.stdout.write(overview(COMMANDS, readVersion()));
      return name === undefined ? EXIT.usage : EXIT.ok;
    }
    if (name === "--version" || name === "-V") {
      terminal.stdout.write(`${readVersion()}\n`);
      return EXIT.ok;
    }
    if (name.startsWith("-"))
      throw new UsageError(`${name}: flags stand behind the command. kiln --help lists commands.`);
    const command = findCommand(name);
    if (asksForHelp(args)) {
      terminal.stdout.write(command.help?.(args) ?? commandHelp(command));
      return EXIT.ok;
    }
    return (await command.run(args, terminal)) ?? EXIT.ok;
  } catch (error) {
    if (terminal.signal.aborted && terminal.signal.reason instanceof InterruptedError) {
      terminal.stderr.write(`kiln: interrupted\n${terminal.parting.words}`);
      return terminal.signal.reason.exitCode;
    }
    report(error, args.includes("--json"), terminal);
    // What ended is not the job: the server was away for too long, or the disk is full.
    if (!(error instanceof KilnError || error instanceof NoFilesError)) terminal.stderr.write(terminal.parting.words);
    return exitCodeFor(error);
  }
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const before = end === -1 ? args : args.slice(0, end);
  return before.includes("--help") || before.includes("-h");
}

function report(error: unknown, json: boolean, terminal: Terminal): void {
  const { message } = error as Error;
  const hint = hintFor(error);
  if (json) {
    writeJson(terminal.stdout, { kind: "error", error: errorJson(error as Error) });
  }
  const lines = [...`kiln: ${message}`.split("\n"), ...(hint === "" ? [] : hint.split("\n"))];
  terminal.stderr.write(lines.map((line) => `${printable(line)}\n`).join(""));
}

/** `40 s`, or `25 min (14:05)`: nobody counts minutes from when something was printed. */
function waitWords(seconds: number): string {
  if (seconds < 60) return duration(seconds);
  const at = new Date(Date.now() + seconds * 1000);
  return `${duration(seconds)} (${at.toTimeString().slice(0, 5)})`;
}

/** What else helps a user who sees the error. */
function hintFor(error: unknown): string {
  const code = exitCodeFor(error);
  if (code === EXIT.unreachable) {
    return "Is the server running? `npm start` starts one; --api names another; kiln doctor looks closer.";
  }
  if (!(error instanceof KilnError)) return "";
  if (error.status === 401)
    return "kiln login keeps a key, kiln logout forgets it; KILN_API_KEY and --key give one for a call.";
  if (error.retryAfter !== null) return `It may be tried again in ${waitWords(error.retryAfter)}.`;
  // A single field's message is the whole one.
  return error.fields
    .filter(({ message }) => !error.message.includes(message))
    .map(({ path, message }) => `  ${path}: ${message}`)
    .join("\n");
}
