/** `kiln open JOB`: the page of a job in the browser. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { isBatchId, readJobId } from "../arguments/job-ids.ts";
import { UsageError } from "../exit-codes.ts";
import { connect } from "../server/connect.ts";
import type { Command } from "./command.ts";

const FLAGS = [{ name: "print", summary: "print the address instead" }, ...SERVER_FLAGS];

/** What opens an address on each system; `BROWSER` names another program. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

export const open: Command = {
  name: "open",
  group: "Jobs",
  summary: "open the page of a job or a batch in the browser",
  usage: ["open JOB"],
  description: "The page shows jobs of the same key or session; kiln share makes a link for anybody.",
  flags: FLAGS,
  examples: [],
  words: ["job", "none"],
  async run(args, terminal) {
    const { env, stdout, stderr } = terminal;
    const given = readArguments(args, FLAGS);
    const [word, more] = given.words;
    if (more !== undefined) throw new UsageError("One at a time, please.");
    const path = word !== undefined && isBatchId(word) ? `/batch/${word}` : `/jobs/${readJobId(word)}`;
    const { api } = await connect(given, terminal);
    if (given.has("print") || !(await start(`${api}${path}`, env))) {
      if (!given.has("print")) stderr.write("kiln: no browser could be started; this is the address\n");
      stdout.write(`${api}${path}\n`);
    }
    return undefined;
  },
};

/** Starts the browser; whether that was possible. */
async function start(url: string, env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const [program, ...before] = env.BROWSER ? [env.BROWSER] : (OPENERS[process.platform] ?? ["xdg-open"]);
  const child = spawn(program as string, [...before, url], { stdio: "ignore" });
  // `once` rejects when the program can't be started.
  const [code] = await once(child, "exit").catch(() => [null]);
  return code === 0;
}
