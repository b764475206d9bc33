/** Picks the command, runs it, and turns whatever goes wrong into one line and an exit code. */
import { KilnError } from "#client/kiln-error.ts";
import { nearest } from "./arguments/nearest.ts";
import { HELP } from "./commands/help.ts";
import { typesCommand } from "./commands/list-types.ts";
import { localCommand } from "./commands/local.ts";
import { runCommand } from "./commands/run.ts";
import { pinCommand, rerunCommand, unpinCommand } from "./commands/versions.ts";
import { EXIT, exitCodeFor, JobFailedError, UsageError } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

type Command = (args: readonly string[], terminal: Terminal) => Promise<void>;

const COMMANDS: Readonly<Record<string, Command>> = {
  run: runCommand,
  rerun: rerunCommand,
  pin: pinCommand,
  unpin: unpinCommand,
  local: localCommand,
  types: typesCommand,
  help: async (_args, terminal) => void terminal.stdout.write(HELP),
};

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
      terminal.stdout.write(HELP);
      return name === undefined ? EXIT.usage : EXIT.ok;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!command) {
      const guess = nearest(name, Object.keys(COMMANDS));
      throw new UsageError(
        `There is no command "${name}". ${guess ? `Did you mean kiln ${guess}?` : "kiln --help lists them."}`,
      );
    }
    await command(args, terminal);
    return EXIT.ok;
  } catch (error) {
    if (terminal.signal.aborted && terminal.signal.reason instanceof InterruptedError) {
      terminal.stderr.write("kiln: interrupted\n");
      return terminal.signal.reason.exitCode;
    }
    report(error, args.includes("--json"), terminal);
    return exitCodeFor(error);
  }
}

function report(error: unknown, json: boolean, terminal: Terminal): void {
  const { message } = error as Error;
  if (json) {
    const code = error instanceof KilnError || error instanceof JobFailedError ? error.code : "error";
    terminal.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  }
  const hint =
    exitCodeFor(error) === EXIT.unreachable
      ? "\nIs the server running? `npm start` starts one; --api names another."
      : "";
  terminal.stderr.write(`kiln: ${message}${hint}\n`);
}
