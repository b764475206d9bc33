/** What `npm start` and `npm run dev` have in common: options, the one `ready` line, an orderly end. */
import { formatLogLine } from "./log-line.ts";
import { type StackOptions, startStack } from "./stack.ts";
import { readStartOptions, START_HELP } from "./start-options.ts";
import { untilSignal } from "./until-signal.ts";

/**
 * Runs a stack until the user stops it.
 * @returns exit code: 0 = stopped as asked, 1 = it could not be started, 2 = wrong options
 */
export async function runForeground(
  args: readonly string[],
  startServer?: StackOptions["startServer"],
): Promise<number> {
  const options = readStartOptions(args);
  if ("help" in options) {
    process.stdout.write(START_HELP);
    return 0;
  }
  if ("error" in options) {
    process.stderr.write(`kiln: ${options.error}\n`);
    return 2;
  }
  const stopping = untilSignal();
  try {
    const log = (source: string, line: string) => process.stderr.write(`${formatLogLine(source, line)}\n`);
    const stack = await startStack({ ...options, site: true, log, signal: stopping.signal, startServer });
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
