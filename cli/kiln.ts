#!/usr/bin/env node
/** The `kiln` command as a program: signals, exit code. Everything else is in main.ts. */
import { EXIT } from "./exit-codes.ts";
import { InterruptedError, main } from "./main.ts";

const interrupt = new AbortController();
const parting = { words: "" };
/** One Ctrl-C can arrive twice, from the terminal and from npm: only a later signal is a second wish. */
const SECOND_SIGNAL_MS = 1_000;
let firstAt = 0;

function onSignal(exitCode: number): void {
  // The first one cancels the job; who asks twice does not want to wait for that.
  if (interrupt.signal.aborted && Date.now() - firstAt > SECOND_SIGNAL_MS) {
    process.stderr.write(`\n${parting.words}`);
    process.exit(exitCode);
  }
  if (interrupt.signal.aborted) return;
  firstAt = Date.now();
  interrupt.abort(new InterruptedError(exitCode));
}

process.on("SIGINT", () => onSignal(EXIT.interrupted));
process.on("SIGTERM", () => onSignal(EXIT.terminated));
// `kiln … --json | head` closes the pipe early; that is no failure of the job.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  // npm runs scripts in the repository; paths are meant from where the user is.
  cwd: process.env.INIT_CWD || process.cwd(),
  signal: interrupt.signal,
  parting,
});
