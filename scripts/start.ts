/**
 * `npm start`: Kiln on this machine, in the foreground. Prints one line, `ready http://127.0.0.1:PORT`, when a job can be
 * accepted and run; logs go to standard error. Ctrl-C stops everything it started.
 */
import { formatLogLine } from "./stack/log-line.ts";
import { startStack } from "./stack/stack.ts";
import { readStartOptions, START_HELP, type StartOptions } from "./stack/start-options.ts";
import { untilSignal } from "./stack/until-signal.ts";

async function start(options: StartOptions): Promise<number> {
  const stopping = untilSignal();
  try {
    const log = (source: string, line: string) => process.stderr.write(`${formatLogLine(source, line)}\n`);
    const stack = await startStack({ ...options, site: true, log, signal: stopping.signal });
    process.stdout.write(`ready ${stack.url}\n`);
    await stopping.received;
    await stack.stop();
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    process.stderr.write(`kiln: ${(error as Error).message}\n`);
    return 1;
  }
}

const options = readStartOptions(process.argv.slice(2));
if ("help" in options) {
  process.stdout.write(START_HELP);
} else if ("error" in options) {
  process.stderr.write(`kiln: ${options.error}\n`);
  process.exitCode = 2;
} else {
  process.exit(await start(options));
}
