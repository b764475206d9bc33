/** All commands, in the order of the help text. */

import { nearest } from "../arguments/nearest.ts";
import { commandHelp, overview } from "../display/command-help.ts";
import { UsageError } from "../exit-codes.ts";
import { readVersion } from "../version.ts";
import { batches } from "./batches.ts";
import type { Command } from "./command.ts";
import { completion } from "./completion.ts";
import { doctor } from "./doctor.ts";
import { download } from "./download.ts";
import { types } from "./job-types.ts";
import { cancel, jobs, logs, retry, status } from "./jobs.ts";
import { keys } from "./keys.ts";
import { local } from "./local.ts";
import { login, logout } from "./login.ts";
import { open } from "./open.ts";
import { presets } from "./presets.ts";
import { run } from "./run.ts";
import { runners } from "./runners.ts";
import { share } from "./share.ts";
import { usage } from "./usage.ts";
import { pin, rerun, unpin } from "./versions.ts";
import { webhooks } from "./webhooks.ts";

const help: Command = {
  name: "help",
  group: "This machine",
  summary: "what a command does, its flags and examples",
  usage: ["help [COMMAND]", "help run TYPE"],
  flags: [],
  examples: [],
  words: ["command", "none"],
  async run([name, ...args], { stdout }) {
    const command = name === undefined ? null : findCommand(name);
    stdout.write(command ? (command.help?.(args) ?? commandHelp(command)) : overview(COMMANDS, readVersion()));
    return undefined;
  },
};

export const COMMANDS: readonly Command[] = [
  ...[run, rerun, local, types],
  ...[jobs, batches, status, logs, download, open, cancel, retry, share, pin, unpin],
  ...[presets, runners, usage, keys, webhooks, login, logout],
  ...[doctor, completion(() => COMMANDS), help],
];

/** The command of that name. Throws a UsageError with the nearest one. */
export function findCommand(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found) return found;
  const guess = nearest(
    name,
    COMMANDS.map((command) => command.name),
  );
  throw new UsageError(
    `There is no command "${name}". ${guess ? `Did you mean kiln ${guess}?` : "kiln --help lists them."}`,
  );
}
